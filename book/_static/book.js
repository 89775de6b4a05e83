// What scrolls sideways can be reached with the keyboard, the book's name is part of the navigation, and an empty corner
// of a table is no heading. What is printed is printed in light colours, and opened.
(() => {
  const reach = () => {
    for (const box of document.querySelectorAll(".bd-article pre, .bd-article table, .bd-article mjx-container")) {
      const wide = box.scrollWidth > box.clientWidth + 1;
      if (wide) box.tabIndex = 0; else if (box.tagName === "PRE") box.removeAttribute("tabindex");
    }
  };
  window.addEventListener("load", reach);
  const home = document.querySelector(".navbar-brand")?.closest(".sidebar-primary-item");
  if (home) { home.setAttribute("role", "navigation"); home.setAttribute("aria-label", "home"); }
  window.addEventListener("resize", reach);
  for (const head of document.querySelectorAll(".bd-article thead th")) {  // an empty corner heads nothing
    if (head.textContent.trim()) continue;
    const corner = document.createElement("td");
    corner.className = head.className;
    head.replaceWith(corner);
  }
  let theme = null;
  window.addEventListener("beforeprint", () => {
    theme = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    document.querySelectorAll(".bd-article details").forEach((one) => { one.open = true; });
  });
  window.addEventListener("afterprint", () => { document.documentElement.dataset.theme = theme; });
})();
