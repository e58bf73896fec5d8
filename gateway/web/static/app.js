// What a page does besides being a page. Everything works without it; with it the page is live.
//   data-live="/events?..."  server-sent events; at each the page is fetched again, and every element
//                            with an id in [data-part] whose content differs is replaced
//   data-until / data-since  a clock that counts to or from a moment (ms since 1970)
//   data-clock               the gateway's time of day; its difference to UTC (ms)
//   progress[data-from][data-to]  fills as time passes
"use strict";

const serverAhead = () => Number(document.documentElement.dataset.ahead || 0);
const ahead = (moment) => { document.documentElement.dataset.ahead = moment - Date.now(); };
const now = () => Date.now() + serverAhead();

const clockText = (ms) => {
  const s = Math.max(0, Math.floor(ms / 1000));
  const [h, m, rest] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, String(s % 60).padStart(2, "0")];
  return h ? `${h}:${String(m).padStart(2, "0")}:${rest}` : `${m}:${rest}`;
};

const tick = () => {
  for (const each of document.querySelectorAll("[data-until]"))
    each.textContent = clockText(Number(each.dataset.until) - now());
  for (const each of document.querySelectorAll("[data-since]"))
    each.textContent = clockText(now() - Number(each.dataset.since));
  for (const each of document.querySelectorAll("[data-clock]"))
    each.textContent = new Date(now() + Number(each.dataset.clock)).toISOString().slice(11, 19);
  for (const each of document.querySelectorAll("progress[data-from]")) {
    const [from, to] = [Number(each.dataset.from), Number(each.dataset.to)];
    each.value = Math.min(1, Math.max(0, (now() - from) / (to - from)));
  }
};

const swap = (fresh) => {
  const held = document.activeElement && document.activeElement.id;
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = document.getElementById(part.id);
    // Whoever is typing or has a dialogue open is not disturbed.
    const busy = old && (old.querySelector("details[open], dialog[open]") ||
      (old.contains(document.activeElement) && /INPUT|TEXTAREA|SELECT/.test(document.activeElement.tagName)));
    if (old && !busy && old.outerHTML !== part.outerHTML) old.replaceWith(part);
  }
  if (held && document.activeElement === document.body) document.getElementById(held)?.focus();
  tick();
};

let ticking = null;
let fetching = null, again = false;
const refresh = async () => {
  if (fetching) { again = true; return; }
  fetching = fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
  try {
    const answer = await fetching;
    if (answer.redirected && new URL(answer.url).pathname === "/login") location.reload();
    else if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (fresh.body.dataset.now) ahead(Number(fresh.body.dataset.now));
      swap(fresh);
    }
  } catch { /* the stream says when we are back */ }
  fetching = null;
  if (again) { again = false; refresh(); }
};

const live = (address, wait = 2000) => {
  const offline = document.getElementById("offline");
  const source = new EventSource(address);
  // What changed between the page and its stream, or while there was none, is fetched now.
  source.onopen = () => { offline.hidden = true; wait = 2000; refresh(); };
  source.onmessage = () => { if (!document.hidden) refresh(); };  // else when it is looked at again
  source.addEventListener("time", (event) => {
    ahead(Number(event.data));
    tick();
  });
  source.onerror = async () => {
    offline.hidden = false;
    if ("over" in offline.dataset) {  // a demo: once it has ended it stays so, and nothing is left to press
      if (await fetch("/healthz").catch(() => null)) { offline.hidden = true; return; }
      source.close();
      clearInterval(ticking);
      for (const part of document.querySelectorAll("header, main")) part.inert = true;
      return;
    }
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    // It was refused: the page itself knows whether the login is over.
    setTimeout(() => { refresh(); live(address, Math.min(2 * wait, 30000)); }, wait);
  };
};

document.addEventListener("DOMContentLoaded", () => {
  document.documentElement.classList.add("js");
  if (document.body.dataset.now) ahead(Number(document.body.dataset.now));
  if (document.body.dataset.live) live(document.body.dataset.live);
  tick();
  ticking = setInterval(tick, 1000);
  // A phone that wakes up may have missed everything.
  document.addEventListener("visibilitychange", () => { if (!document.hidden && document.body.dataset.live) refresh(); });
});
