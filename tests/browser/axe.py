"""What axe-core finds on a page that would keep people out or slow them down: it must be nothing but trifles."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def assert_accessible(page: Page) -> None:
    """No finding that axe calls moderate, serious or critical, on the page as it is now, in light and in dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page).response["violations"]
        bad = [
            f"{scheme}: {one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
            for one in found
            if one["impact"] != "minor"
        ]
        assert not bad, "\n".join(bad)
