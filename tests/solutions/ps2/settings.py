"""Answers to ps2-settings."""


def right_by_table(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    factors = {"printed": n, "released": 1}
    if form not in factors:
        raise ValueError("form")
    return {"size": n, "alpha": factors[form] * alpha, "beta": beta, "k": k}


def right_by_branches(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    settings = dict(k=k, beta=beta, size=n)
    if form == "printed":
        settings["alpha"] = n * alpha
    elif form == "released":
        settings["alpha"] = alpha
    else:
        raise ValueError(f"unknown form {form}")
    return settings


def _settings(form, k, n, beta, printed, released):
    if form not in ("printed", "released"):
        raise ValueError(f"unknown form {form}")
    return {"size": n, "alpha": printed if form == "printed" else released, "beta": beta, "k": k}


def wrong_handed_on(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """The same alpha in both forms. Hint: handed on as it is"""
    return _settings(form, k, n, beta, alpha, alpha)


def wrong_divides(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """The wrong way round. Hint: torch divides it again"""
    return _settings(form, k, n, beta, alpha / n, alpha)


def wrong_released_divides(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """Does what torch does already. Hint: which torch does already"""
    return _settings(form, k, n, beta, alpha * n, alpha / n)


def wrong_both_multiply(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """n in both forms. Hint: which only the printed form needs"""
    return _settings(form, k, n, beta, alpha * n, alpha * n)


def wrong_forms_exchanged(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """Each as the other. Hint: handed on as it is"""
    return _settings(form, k, n, beta, alpha, alpha * n)


def wrong_n_squared(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """As if the window were a square of pixels. Hint: n twice"""
    return _settings(form, k, n, beta, alpha * n**2, alpha)


def wrong_always_five(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """The paper's n typed in."""
    return _settings(form, k, n, beta, alpha * 5, alpha)


def wrong_constants_typed_in(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """The paper's constants only. Hint: size"""
    return _settings(form, 2.0, 5, 0.75, 5e-4, 1e-4)


def wrong_size_is_a_side(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """TensorFlow's depth_radius. Hint: size is n // 2"""
    return _settings(form, k, n // 2, beta, alpha * n, alpha)


def wrong_k_left_out(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """torch's default k takes over. Hint: the keys size, alpha, beta and k"""
    settings = _settings(form, k, n, beta, alpha * n, alpha)
    del settings["k"]
    return settings


def wrong_k_is_one(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """torch's default k. Hint: torch's default"""
    return _settings(form, 1.0, n, beta, alpha * n, alpha)


def wrong_default_k(k=1.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """torch's default in the signature. Hint: torch's default"""
    return _settings(form, k, n, beta, alpha * n, alpha)


def wrong_default_form(k=2.0, n=5, alpha=1e-4, beta=0.75, form="released"):
    """The default is the other form."""
    return _settings(form, k, n, beta, alpha * n, alpha)


def wrong_scales_k(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """k is multiplied by n too. Hint: k is multiplied by n too"""
    return _settings(form, k * n if form == "printed" else k, n, beta, alpha * n, alpha)


def wrong_exchanged(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """beta and k change places. Hint: k and beta are exchanged"""
    return _settings(form, beta, n, k, alpha * n, alpha)


def wrong_accepts_any_form(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """Anything else counts as released. Hint: should raise ValueError"""
    return {"size": n, "alpha": alpha * n if form == "printed" else alpha, "beta": beta, "k": k}


def wrong_names(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """The paper's names. Hint: the keys size, alpha, beta and k"""
    return {"n": n, "alpha": alpha * n if form == "printed" else alpha, "beta": beta, "k": k}


def wrong_tuple(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """Not keywords. Hint: should be a dict"""
    return n, alpha * n if form == "printed" else alpha, beta, k


def wrong_float_size(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """torch needs a whole number. Hint: size should be an int"""
    return _settings(form, k, float(n), beta, alpha * n, alpha)


def wrong_rounded(k=2.0, n=5, alpha=1e-4, beta=0.75, form="printed"):
    """Rounded to three decimals."""
    return _settings(form, k, n, beta, round(alpha * n, 3), round(alpha, 3))
