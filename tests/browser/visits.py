"""People who open pages: each in a browser context of their own, with their language, screen and light."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser, Page, ViewportSize

WIDE: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}

Open = Callable[..., Page]


@contextmanager
def visits(
    browser: Browser, url: str, cookies: Callable[[str], dict[str, str]], *, user: str = "admin", permissions: Sequence[str] = ()
) -> Iterator[Open]:
    """A way to open a path of `url` as somebody (user, language, dark, viewport, script); all of them leave at the end.

    `cookies(user)`: what tells the site who it is; `user`: who comes when nobody is named.
    """
    with ExitStack() as leaving:

        def opened(
            path: str, *, user: str = user, language: str = "fa", dark: bool = False, viewport: ViewportSize = WIDE, script: bool = True
        ) -> Page:
            context = browser.new_context(
                viewport=viewport,
                color_scheme="dark" if dark else "light",
                has_touch=viewport["width"] < 500,
                permissions=list(permissions),
                locale="fa-IR" if language == "fa" else "en-GB",
                timezone_id="Asia/Tehran",
                java_script_enabled=script,
            )
            leaving.callback(context.close)
            sent = {"language": language, **cookies(user)}
            context.add_cookies([{"name": name, "value": value, "url": url} for name, value in sent.items()])
            page = context.new_page()
            page.goto(f"{url}{path}")
            return page

        yield opened
