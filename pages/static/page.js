// Comfort only: without this file every page works by itself.
"use strict";

// Times are written in the browser's zone: the server learns its name for the next page and this one is rewritten.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const known = document.cookie.split("; ").includes(`zone=${zone}`);
if (zone && !known) {
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

function rewriteTimes(root) {
  if (known || !zone) return;
  const language = document.documentElement.lang === "ru" ? "ru" : "en-GB";
  const minutes = {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  };
  for (const time of root.querySelectorAll("time[datetime]")) {
    const parts = "seconds" in time.dataset ? { ...minutes, second: "2-digit" } : minutes;
    time.textContent = new Intl.DateTimeFormat(language, parts).format(new Date(time.dateTime));
  }
  document.getElementById("zone").textContent = zone;
}

// Deadlines count down by the server's clock: what it was when the page was made, and how long ago that is by ours.
let ahead = 0;
const days = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "day", unitDisplay: "long" });

function setClock(root, age) {
  const told = root.querySelector("[data-now]");
  if (told) ahead = Date.parse(told.dataset.now) + age - Date.now();
}

function lasting(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const clock = `${Math.floor(seconds / 3600) % 24}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 86400 ? clock : `${days.format(Math.floor(seconds / 86400))} ${clock}`;
}

function countDown() {
  for (const shown of document.querySelectorAll("[data-until]")) {
    const left = Math.floor((Date.parse(shown.dataset.until) - Date.now() - ahead) / 1000);
    const clock = shown.querySelector(".countdown");
    if (left <= 0) shown.textContent = shown.dataset.over;
    else if (clock && clock.textContent !== lasting(left)) clock.textContent = lasting(left);
    shown.classList.toggle("near", left <= Number(shown.dataset.near));
  }
}

// Checkout: the summary follows what is chosen, and what pays a part only can be chosen for a part.
function summarise() {
  const order = document.getElementById("order");
  if (!order) return;
  const part = order.elements.part.value === "part";
  for (const radio of order.querySelectorAll("[data-part-only]")) {
    radio.disabled = !part;
    if (!part) radio.checked = false;
  }
  const chosen = order.querySelector("[name=account]:checked");
  document.getElementById("from").textContent = chosen ? chosen.dataset.name : "–";
  for (const what of ["fee", "total"]) {
    const shown = document.getElementById(what);
    shown.textContent = !chosen ? "–" : part ? shown.dataset.later : chosen.dataset[what];
  }
}
document.addEventListener("change", summarise);
window.addEventListener("pageshow", summarise);

// A form is sent once; the key in it protects the money, this spares the visitor a second answer.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

// News: one word that the page is out of date; then it is asked for again, and what changes is put in its place.
async function renew() {
  const now = document.getElementById("live");
  const page = now.dataset.page;
  const answer = await fetch(page, { credentials: "same-origin", headers: { Accept: "text/html" } });
  const arrived = Date.now();
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = fresh.getElementById("live");
  if (!next) {
    location.assign(page);
    return;
  }
  const typed = now.querySelector("#code");
  const kept = typed && document.activeElement === typed ? typed.value : null;
  now.replaceWith(next);
  document.title = fresh.title;
  if (location.pathname !== page) history.replaceState(null, "", page);
  rewriteTimes(next);
  setClock(next, Date.now() - arrived);
  countDown();
  const input = next.querySelector("#code");
  if (kept !== null && input) {
    input.value = kept;
    input.focus();
  }
  listen();
}

let source = null;
function listen() {
  const live = document.getElementById("live");
  if (!live || !live.dataset.live) return;
  if (source) source.close();
  source = new EventSource(`${live.dataset.live}?seen=${encodeURIComponent(live.dataset.version)}`);
  source.addEventListener("change", () => {
    source.close();
    renew().catch(() => setTimeout(listen, 3000));
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => renew().catch(() => setTimeout(listen, 5000)), 5000);
  });
}
window.addEventListener("pagehide", () => { if (source) source.close(); });

rewriteTimes(document);
const [arrival] = performance.getEntriesByType("navigation");
setClock(document, arrival ? performance.now() - arrival.responseStart : 0);
countDown();
setInterval(countDown, 250);
document.querySelector(".summary")?.focus();
listen();
