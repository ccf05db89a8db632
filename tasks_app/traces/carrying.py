"""What is carried of a trace from process to process: its traceparent, and after a space its tracestate, if any."""

LONGEST_STATE = 512  # characters; W3C wants so many propagated, and a longer one may be dropped


def joined(parent: str, state: str = "") -> str:
    """One text of both. A tracestate that is too long, or comes without a traceparent, is left out."""
    parent, state = parent.strip(), state.strip()
    return f"{parent} {state}" if parent and state and len(state) <= LONGEST_STATE else parent


def parts(carried: str) -> dict[str, str]:
    """`traceparent` and `tracestate`, by the names of HTTP's header fields; without what is not there."""
    parent, _, state = carried.partition(" ")
    return {name: text for name, text in (("traceparent", parent), ("tracestate", state)) if text}
