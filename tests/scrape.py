"""What /metrics says, as numbers: for tests that ask an application, and for those that ask a running system."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families


class Scrape:
    """One answer of /metrics."""

    def __init__(self, text: str) -> None:
        self._families = list(text_string_to_metric_families(text))
        self.values: Mapping[tuple[str, frozenset[tuple[str, str]]], float] = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self._families
            for sample in family.samples
        }

    def names(self) -> set[str]:
        """The metrics by the names under which they are documented: those of counters end in _total."""
        return {f"{one.name}_total" if one.type == "counter" else one.name for one in self._families}

    def of(self, name: str, **labels: str) -> float:
        """The sum of all samples of this name that have these labels; 0 if there is none."""
        wanted = labels.items()
        return sum(value for (own, its), value in self.values.items() if own == name and wanted <= its)
