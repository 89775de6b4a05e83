// Filters and sorts the table of claims. Without it the page shows them all, in the paper's order.
(() => {
  const form = document.getElementById("ledger-choice");
  const table = document.getElementById("ledger");
  if (!form || !table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const names = ["verdict", "section", "chapter"];
  const chosen = () => Object.fromEntries(new FormData(form));

  function filter() {
    const { order: _, ...want } = chosen();
    const words = want.words.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits = names.every((name) => !want[name] || row.dataset[name] === want[name])
        && words.every((word) => text.includes(word));
      row.hidden = !fits;
      count += fits;
    }
    form.elements.count.value = count ? `${count} of ${rows.length} claims` : "no claim fits: take a choice back";
    const query = new URLSearchParams(Object.entries(want).filter(([, value]) => value)).toString();
    try {  // the address can be shared; a browser that forbids this for files still filters
      history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash);
    } catch (error) { /* nothing is lost */ }
  }

  const order = { 0: (row) => Number(row.dataset.place), 2: (row) => names_of("verdict").indexOf(row.dataset.verdict) };
  const names_of = (name) => [...form.elements[name].options].map((option) => option.value || option.text);
  const key = (row, column) => (order[column] ? order[column](row) : row.cells[column].textContent.trim());

  function sort(column, up) {
    const head = table.tHead.rows[0].cells[column];
    for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const compare = (a, b) => {
      const x = key(a, column), y = key(b, column);
      const by = typeof x === "number" ? x - y : x.localeCompare(y, "en", { numeric: true });
      return (up ? by : -by) || order[0](a) - order[0](b);
    };
    rows.sort(compare).forEach((row) => body.append(row));
    form.elements.order.value = column;
  }

  function show_target() {  // a link to a claim shows it, whatever was chosen
    const row = rows.find((one) => `#${one.id}` === location.hash);
    if (row && row.hidden) { form.reset(); filter(); }
    if (row) row.scrollIntoView({ block: "center" });
  }

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.order.addEventListener("input", () => sort(Number(form.elements.order.value), true));
  form.addEventListener("reset", () => setTimeout(() => { filter(); sort(0, true); }));
  table.tHead.addEventListener("click", (event) => {
    const head = event.target.closest("th");
    if (head) sort(head.cellIndex, head.getAttribute("aria-sort") !== "ascending");
  });
  window.addEventListener("hashchange", show_target);
  const query = new URLSearchParams(location.search);
  for (const name of ["words", ...names]) if (query.has(name)) form.elements[name].value = query.get(name);
  form.hidden = false;
  filter();
  show_target();
})();
