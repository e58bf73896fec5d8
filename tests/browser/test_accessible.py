"""Every page for whoever sees badly, uses a keyboard, or hears the page read out.

Contrast AA (WCAG 2.2, 1.4.3) in both schemes, a name for whatever can be used, headings in order,
ids once, and the keyboard everywhere.
"""

import pytest

from tests.support.browser import DESK, PHONE, Shown, a_page, chromium, gateway_with_pages

PAGES = (
    "/", "/incidents", "/incidents/1", "/homes/H1", "/passes", "/search?q=nobody", "/report",
    "/install", "/install/h/H1", "/install/codes", "/ops", "/ops/sensors", "/ops/runbooks",
    "/ops/runbooks/DoorwatchBackupOld", "/ops/check", "/ops/rules", "/ops/audit",
    "/ops/maintenance", "/no-such-page", "/r/no-such-key",
)  # fmt: skip

WRONG = """() => {
  const wrong = [], all = (what) => [...document.querySelectorAll(what)];
  const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const style = getComputedStyle(one), [r, g, b, a = 1] = parts(style.backgroundColor);
      if (style.backgroundImage !== "none") return null;  // a pattern: looked at by eye
      if (a === 1) return [r, g, b];
      if (a > 0) return null;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement, box = one.getBoundingClientRect();
    const said = walker.currentNode.data.trim();
    if (!said || !seen(one) || one.matches("script, option, [disabled]")) continue;
    if (box.width <= 1 || box.height <= 1 || box.bottom < 0) continue;  // for the ear only
    const style = getComputedStyle(one), back = behind(one), px = parseFloat(style.fontSize);
    if (!back || one.closest("[aria-hidden=true]")) continue;
    const [more, less] = [light(parts(style.color)), light(back)].sort((a, b) => b - a);
    const ratio = (more + 0.05) / (less + 0.05);
    const large = px >= 24 || (px >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) wrong.push(`contrast ${ratio.toFixed(2)}: ${said}`);
  }
  for (const one of all("input:not([type=hidden]), select, textarea")) {
    if (!one.labels.length && !one.ariaLabel) wrong.push(`no label: ${one.outerHTML}`);
  }
  for (const one of all("a[href], button, summary")) {
    const alt = [...one.querySelectorAll("img[alt]")].map((each) => each.alt).join("");
    if (!(one.textContent + alt).trim() && !one.ariaLabel) wrong.push(`no name: ${one.outerHTML}`);
  }
  for (const one of all("img:not([alt])")) wrong.push(`no alt: ${one.outerHTML}`);
  const heads = all("h1, h2, h3, h4, h5, h6").map((one) => Number(one.tagName[1]));
  if (heads.filter((each) => each === 1).length !== 1) wrong.push(`headings: ${heads}`);
  if (heads.some((each, i) => i && each > heads[i - 1] + 1)) wrong.push(`they skip: ${heads}`);
  const ids = all("[id]").map((one) => one.id);
  if (new Set(ids).size !== ids.length) wrong.push(`an id twice: ${ids}`);
  if (!document.documentElement.lang || !document.title.trim()) wrong.push("no language or title");
  if (all("main").length !== 1) wrong.push("not one main");
  if (all("[tabindex]").some((one) => one.tabIndex > 0)) wrong.push("an order of its own");
  if (all("[style], [onclick], script:not([src])").length) wrong.push("inline style or script");
  return wrong;
}"""
REACHED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const shows = style.outlineStyle !== "none" || style.boxShadow !== "none";
  window.reached = (window.reached || new Set()).add(one);
  return shows ? "" : one.outerHTML.slice(0, 120);
}"""
LEFT = """() => {
  const radios = [...window.reached].filter((one) => one.type === "radio");
  const one_of = new Set(radios.map((one) => one.name));  // arrows lead to the others
  const usable = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  return [...document.querySelectorAll(usable)]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled)
    .filter((one) => !window.reached.has(one) && !(one.type === "radio" && one_of.has(one.name)))
    .map((one) => one.outerHTML.slice(0, 120));
}"""


async def an_alarm(shown: Shown) -> None:
    """One door is open that should not be: the pages have something to show."""
    await shown.door("S1", "closed")
    await shown.door("S1", "open")
    await shown.site.until(shown.site.incidents)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_every_page_can_be_read_and_named(tmp_path, dark):
    async with (
        gateway_with_pages(tmp_path, logins=[("ops", "ops", None)]) as shown,
        chromium() as browser,
    ):
        await an_alarm(shown)
        wrong = {}
        for device, language in ((DESK, "en"), (PHONE, "zh")):
            async with a_page(
                browser, shown, user="ops", device=device, language=language, dark=dark
            ) as page:
                for path in PAGES:
                    await page.goto(path)
                    if found := await page.evaluate(WRONG):
                        wrong[path, language] = found
                await page.context.clear_cookies()
                await page.goto("/login")
                if found := await page.evaluate(WRONG):
                    wrong["/login", language] = found
        assert not wrong


@pytest.mark.parametrize("path", ["/", "/incidents/1", "/homes/H1", "/install/h/H1", "/ops"])
async def test_the_keyboard_reaches_everything_and_is_seen(tmp_path, path):
    async with (
        gateway_with_pages(tmp_path, logins=[("ops", "ops", None)]) as shown,
        chromium() as browser,
    ):
        await an_alarm(shown)
        async with a_page(browser, shown, user="ops", language="en", script=True) as page:
            await page.goto(path)
            unseen = []
            for _ in range(200):
                await page.keyboard.press("Tab")
                said = await page.evaluate(REACHED)
                if said is None:
                    break
                unseen += [said] if said else []
            assert await page.evaluate(LEFT) == []
            assert unseen == []
