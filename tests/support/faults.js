() => {
  const found = [];
  const parse = (text) => (text.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  for (const one of document.body.querySelectorAll("*")) {
    const own = [...one.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !one.getClientRects().length) continue;
    const style = getComputedStyle(one);
    const [a, b] = [light(parse(style.color)), light(behind(one))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) found.push(`contrast ${((a + .05) / (b + .05)).toFixed(2)}: ${one.outerHTML.slice(0, 120)}`);
  }
  for (const one of document.querySelectorAll("a, button, [role=region], meter, img, nav")) {
    const named = one.getAttribute("aria-label") || one.getAttribute("alt") || one.textContent.trim()
      || document.getElementById(one.getAttribute("aria-labelledby"))?.textContent;
    if (!named) found.push(`no name: ${one.outerHTML.slice(0, 120)}`);
  }
  for (const one of document.querySelectorAll("table")) {
    if (![...one.querySelectorAll("thead th")].every((th) => th.scope === "col")) found.push("a table's head has no scope");
  }
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  if (!document.documentElement.lang) found.push("no language");
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  if (new Set(ids).size !== ids.length) found.push("an id stands twice");
  if (document.documentElement.scrollWidth > window.innerWidth) found.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  return found;
}
