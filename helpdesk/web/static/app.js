"use strict";
// Keeps a page live: asks for it again while it is looked at, and counts the limits down in between.
(() => {
  const EVERY = 10000;
  const live = document.getElementById("live");

  function span(seconds) {
    const minutes = Math.max(0, Math.floor(seconds / 60));
    const days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60) % 24, rest = minutes % 60;
    if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
    if (hours) return rest ? `${hours} h ${rest} min` : `${hours} h`;
    return rest ? `${rest} min` : "< 1 min";
  }

  function count() {
    for (const one of document.querySelectorAll("time.due")) {
      const left = (Date.parse(one.dateTime) - Date.now() - drift) / 1000;
      one.textContent = left >= 0 ? `${span(left)} left` : `${span(-left)} over`;
      if (left < 0) { one.classList.remove("soon", "fine"); one.classList.add("over"); }
    }
  }

  // The server's clock counts, not the reader's.
  let drift = 0;
  function tune(response) {
    const date = Date.parse(response.headers.get("date") || "");
    if (!Number.isNaN(date)) drift = date - Date.now();
    if (Math.abs(drift) < 2000) drift = 0;
  }

  function busy() {
    const at = document.activeElement;
    const main = document.getElementById("main");
    const chosen = window.getSelection();
    return (at && at !== main && main.contains(at)) || (chosen && !chosen.isCollapsed);
  }

  async function renew() {
    if (document.hidden || busy()) return;
    try {
      const response = await fetch(location.href, { headers: { "x-live": "1" }, cache: "no-store" });
      if (response.status === 401) { live.textContent = "· signed out: ask for a new link"; return; }
      if (!response.ok) { live.textContent = "· not renewed"; return; }
      tune(response);
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("main");
      const main = document.getElementById("main");
      if (fresh && !busy()) {
        const scrolled = [...main.querySelectorAll(".wide")].map((one) => one.scrollLeft);
        main.replaceChildren(...fresh.childNodes);
        [...main.querySelectorAll(".wide")].forEach((one, number) => { one.scrollLeft = scrolled[number] || 0; });
        for (const image of main.querySelectorAll(".chart img, .chart source")) {
          const name = image.tagName === "IMG" ? "src" : "srcset";
          image.setAttribute(name, `${image.getAttribute(name)}&at=${Math.floor(Date.now() / 60000)}`);
        }
        count();
        live.textContent = "";
      }
    } catch { live.textContent = "· out of reach"; }
  }

  // on a phone the menu is one line that scrolls: show where we are
  document.querySelector("nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  count();
  setInterval(count, 15000);
  setInterval(renew, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(); });
})();
