"""errors - what stops an export."""


class ExportError(Exception):
    """An export that would not be exact: what stands in the way, and what to do instead.

    `what` names the class or parameter, with its value where it has one.
    """

    def __init__(self, what, advice):
        super().__init__("%s: %s" % (what, advice))
        self.what, self.advice = what, advice


def refuse_parameter(owner, name, value, advice):
    """Raises the ExportError of a parameter: `TfidfVectorizer(tokenizer=<function f>): ...`."""
    shown = getattr(value, "__qualname__", None) if callable(value) else None
    shown = "<%s>" % shown if shown else repr(value)
    if len(shown) > 60:
        shown = shown[:57] + "..."
    raise ExportError("%s(%s=%s)" % (type(owner).__name__, name, shown), advice)
