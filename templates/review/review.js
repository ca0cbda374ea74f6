// The verify station's only script: keys to answers, answers to the next question. What is decided is the server's; here
// nothing is taken for done before the server has said so.
"use strict";

const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";
const pane = document.querySelector(".pane");
const desk = document.querySelector(".desk");
const over = document.querySelector(".over");
const pictures = new Map(); // address -> promise of an object URL, fetched before they are asked for
let busy = false;
let zoom = 1;
let pressed = 0;

const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

function say(text) {
  const said = $(".said");
  said.textContent = text;
  said.hidden = !text;
}

function post(url, fields) {
  return fetch(url, {
    method: "POST", keepalive: true, redirect: "error",
    headers: { "x-csrf-token": csrf, "content-type": "application/x-www-form-urlencoded;charset=UTF-8" },
    body: new URLSearchParams(fields),
  });
}

// ---- pictures

function fetched(address) {
  if (!pictures.has(address)) {
    const url = fetch(address).then((r) => (r.ok ? r.blob() : Promise.reject(r.status))).then((b) => URL.createObjectURL(b));
    url.catch(() => pictures.delete(address));
    pictures.set(address, url);
    for (const old of [...pictures.keys()].slice(0, -12)) {
      pictures.get(old).then(URL.revokeObjectURL, () => {});
      pictures.delete(old);
    }
  }
  return pictures.get(address);
}

function size(img) {
  if (!img.naturalWidth) return;
  img.style.width = `${Math.round(img.naturalWidth * 2 * zoom)}px`;
  img.style.maxWidth = zoom > 1 ? "none" : "100%";
}

function picture(img) {
  return fetched(img.dataset.picture).then((url) => new Promise((done) => {
    img.onload = () => { size(img); done(); };
    img.onerror = done;
    img.src = url;
  })).catch(() => { img.alt = "画像を表示できません"; });
}

// ---- one question after the other

const task = () => $("article[data-task]", pane ?? document);

function place() {
  return { lane: desk.dataset.lane, form: desk.dataset.form, rule: desk.dataset.rule };
}

async function shown(response, stay) {
  const text = await response.text();
  if (response.ok) {
    say("");
    over.hidden = true;
    pane.innerHTML = text;
    zoom = 1;
    const now = task();
    const loaded = $$("img[data-picture]", pane).map(picture);
    const first = $("[data-first]", pane);
    if (first) first.focus();
    await Promise.all(loaded);
    // From the key to the picture on the screen, for whoever measures.
    requestAnimationFrame(() => { pane.dataset.ms = Math.round(performance.now() - pressed); });
    if (now?.dataset.next) fetched(now.dataset.next);
    if ($("[data-writing]", pane)) written();
    history.replaceState(null, "", now ? `/work?${new URLSearchParams({ ...place(), task: now.dataset.task })}` : "/work");
    return;
  }
  if (response.status === 401) { location.assign("/"); return; }
  if (response.status === 403) { say("この画面の有効期限が切れました。uketsuke review を実行した画面のアドレスから開き直してください。"); return; }
  say(text);
  if (response.status === 409 && !stay) await shown(await fetch(`/pane?${query()}`), true).then(() => say(text));
}

const query = (more = {}) => {
  const now = task();
  return new URLSearchParams({ ...place(), task: now?.dataset.task ?? desk.dataset.task, back: now?.dataset.back ?? "", ...more });
};

async function once(work) {
  if (busy) return;
  busy = true;
  pane.classList.add("busy");
  try {
    await work();
  } catch {
    say("通信できませんでした。この項目は確定されていません。もう一度操作してください。");
  } finally {
    busy = false;
    pane.classList.remove("busy");
  }
}

function answer(reply, values = []) {
  const now = task();
  if (!now?.dataset.task) return;
  const back = now.dataset.back;
  const fields = [["task", now.dataset.task], ["version", now.dataset.version], ["back", back], ["reply", reply]];
  for (const value of values) fields.push(["value", value]);
  for (const pair of Object.entries(place())) fields.push(pair);
  once(async () => shown(await post(back ? "/correct" : "/answer", fields)));
}

const go = (more) => once(async () => shown(await fetch(`/pane?${query(more)}`)));

function take(button) {
  answer(button.dataset.reply, $$("data", button).map((d) => d.value));
}

function unmask(fields) {
  const now = task();
  const record = now.dataset.task.split(/[.~]/)[0];
  const pairs = [["record", record], ["task", now.dataset.task], ["back", now.dataset.back], ...Object.entries(place())];
  for (const field of fields) pairs.push(["field", field]);
  return post("/show", pairs);
}

const acts = {
  open: () => once(async () => shown(await unmask([task().dataset.task.split(".")[1]]))),
  blank: () => answer("blank"),
  cancelled: () => answer("cancelled"),
  deficient: () => answer("deficient"),
  "pass-on": () => answer("pass-on"),
  passes: () => answer("passes"),
  ticks: () => answer("says", $$(".ticks input:checked", pane).map((i) => i.value)),
  take,
  correct: (button) => go({ task: button.dataset.id, back: task().dataset.task }),
  return: () => go({ task: task().dataset.back, back: "" }),
  undo: () => once(async () => shown(await post("/undo", Object.entries(place())))),
};

function type() {
  const input = $("#typed", pane) ?? $(".ticks input", pane);
  if (input) input.focus();
}

// ---- the whole page

async function whole(page) {
  const now = task();
  if (!now?.dataset.sheet) return say("この用紙の画像は保存されていません。");
  const [record, rest] = now.dataset.task.split(/[.~]/);
  const wanted = new URLSearchParams({ record, page: page ?? now.dataset.sheet, field: rest ?? "" });
  const response = await fetch(`/sheet?${wanted}`);
  if (!response.ok) return say("用紙を表示できません。");
  over.innerHTML = await response.text();
  over.hidden = false;
  scale(1);
  $("[data-close]", over).focus();
}

function scale(to) {
  zoom = Math.min(6, Math.max(0.5, to));
  const svg = $("svg", over);
  if (svg && !over.hidden) svg.style.width = `${Math.round(zoom * 100)}%`;
  if (over.hidden) $$("img[data-picture]", pane).forEach(size);
}

async function unmaskSheet(button) {
  const page = $(".whole", over).dataset.page;
  const response = await unmask($$("data", button).map((d) => d.value));
  if (response.ok) { await shown(response); await whole(page); } else say(await response.text());
}

// ---- keys

const keys = {
  b: acts.blank, x: acts.cancelled, d: acts.deficient, s: acts["pass-on"], u: acts.undo, o: () => $("[data-act=open]", pane) && acts.open(),
  t: type, p: () => whole(), ArrowLeft: () => go({ step: -1 }), ArrowRight: () => go({ step: 1 }), PageUp: () => go({ step: -1 }),
  PageDown: () => go({ step: 1 }), "+": () => scale(zoom * 1.4), ";": () => scale(zoom * 1.4), "-": () => scale(zoom / 1.4), 0: () => scale(1),
};

function enter() {
  const first = $(".ways [data-act=take]", pane) ?? $("[data-act=passes]", pane);
  if (first?.dataset.act === "passes") return acts.passes();
  // That everything is struck out is for X alone to say: taken by mistake, it would leave out what somebody wrote.
  if (first && first.dataset.reply !== "cancelled") return take(first);
  const onward = $("[data-go]", pane);
  if (onward) return onward.click();
  type();
}

function number(n) {
  const way = $$(".ways [data-act=take]", pane)[n - 1];
  if (way) return take(way);
  const correct = $$("[data-act=correct]", pane)[n - 1];
  if (correct) acts.correct(correct);
}

function onSheet(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "p" || key === "Escape") { over.hidden = true; zoom = 1; } else if (key === "o") {
    const button = $("[data-unmask]", over);
    if (button) unmaskSheet(button);
  } else if (["+", ";", "-", "0"].includes(key)) keys[key]();
  else return;
  event.preventDefault();
}

function onKey(event) {
  // While a word is being composed every key belongs to the input method.
  if (event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey && event.key === "z" && !event.target.matches("input")) { event.preventDefault(); acts.undo(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  pressed = performance.now();
  if (!over.hidden) return onSheet(event);
  const typing = event.target.matches("input:not([type=checkbox])");
  if (event.key === "Escape") {
    if (typing || event.target.matches("input")) { event.target.blur(); event.preventDefault(); } else if (task()?.dataset.back) acts.return();
    return;
  }
  if (typing && !event.key.startsWith("Page")) return;
  // A key that is held down must not answer what has not been seen.
  if (event.repeat) { event.preventDefault(); return; }
  if (event.key === "Enter") {
    if (event.target.closest(".ticks")) acts.ticks();
    else if (event.target.matches("button, a")) return;
    else enter();
  } else if (/^[1-9]$/.test(event.key)) {
    const tick = $$(".ticks input", pane).find((i) => i.value === event.key);
    if (event.target.closest(".ticks") && tick) tick.click();
    else number(Number(event.key));
  } else {
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    act();
  }
  event.preventDefault();
}

// ---- what has been typed is kept at the station until it is answered, should the browser be closed

let drafting = 0;
function draft(now) {
  const input = $("#typed", pane);
  if (!input || !task()) return;
  clearTimeout(drafting);
  const keep = () => post("/draft", { task: task().dataset.task, text: input.value }).catch(() => {});
  if (now) keep(); else drafting = setTimeout(keep, 120);
}

if (desk) {
  document.addEventListener("keydown", onKey);
  pane.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (!button || event.target.closest("form.type")) return;
    pressed = performance.now();
    acts[button.dataset.act](button);
  });
  pane.addEventListener("submit", (event) => {
    event.preventDefault();
    pressed = performance.now();
    clearTimeout(drafting);
    const input = $("#typed", pane);
    if (!input.value.trim()) say("入力がありません。何も書かれていないときは、Esc を押してから B（空欄）で確定してください。");
    else answer("says", [input.value]);
  });
  pane.addEventListener("input", (event) => { if (event.target.id === "typed") draft(false); });
  addEventListener("pagehide", () => { if ($("#typed", pane)?.value) draft(true); });
  // The keys that have no button beside the question, for hands without a keyboard.
  $(".keys").addEventListener("click", (event) => {
    const button = event.target.closest("[data-key]");
    if (!button) return;
    pressed = performance.now();
    // The next Enter is for the question.
    button.blur();
    keys[button.dataset.key]();
  });
  over.addEventListener("click", (event) => {
    const turn = event.target.closest("[data-turn]");
    if (turn) whole(turn.dataset.turn);
    else if (event.target.closest("[data-unmask]")) unmaskSheet(event.target.closest("[data-unmask]"));
    else if (event.target.closest("[data-close]")) { over.hidden = true; zoom = 1; }
  });
  go({});
}

// ---- other pages

async function written() {
  const place = $("[data-writing]");
  const response = await fetch("/state");
  if (!place || !response.ok) return;
  const { writing, said } = await response.json();
  if (writing === "not") return;
  place.replaceChildren(Object.assign(document.createElement("span"), { className: writing, textContent: said }));
  if (writing === "now") setTimeout(written, 400);
}

for (const form of $$("form[data-post]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const response = await post(form.dataset.post, new FormData(form)).catch(() => null);
    if (!response?.ok) return say(response ? await response.text() : "通信できませんでした。");
    if (form.dataset.then === "stay") written(); else location.assign("/");
  });
}
for (const select of $$("select[data-submit]")) select.addEventListener("change", () => select.form.submit());
$("[data-language]")?.addEventListener("click", async () => { await post("/language", {}); location.reload(); });
if (!desk) {
  if ($("[data-writing]")) written();
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat || event.key !== "Enter" || event.target.matches("input, select, button, a")) return;
    $("a[data-go]")?.click();
  });
}

const parts = $("[data-parts]");
if (parts) {
  const all = $$("[data-part]", parts);
  const count = () => { $("[data-wrong]").textContent = all.filter((p) => p.getAttribute("aria-pressed") === "true").length; };
  const toggle = (part) => { part.setAttribute("aria-pressed", part.getAttribute("aria-pressed") !== "true"); count(); };
  const columns = () => all.filter((p) => p.offsetTop === all[0].offsetTop).length;
  parts.addEventListener("click", (event) => { const part = event.target.closest("[data-part]"); if (part) toggle(part); });
  const send = async () => {
    if (busy) return;
    busy = true;
    const fields = all.map((p) => ["shown", p.dataset.part]);
    for (const part of all) if (part.getAttribute("aria-pressed") === "true") fields.push(["wrong", part.dataset.part]);
    const response = await post("/group", fields).catch(() => null);
    busy = false;
    if (response?.ok) location.reload(); else say(response ? await response.text() : "通信できませんでした。");
  };
  parts.addEventListener("submit", (event) => { event.preventDefault(); send(); });
  parts.addEventListener("keydown", (event) => {
    const at = all.indexOf(event.target);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() }[event.key];
    if (at >= 0 && event.key === "Enter") { event.preventDefault(); send(); } else if (at >= 0 && step) {
      event.preventDefault();
      all[Math.min(all.length - 1, Math.max(0, at + step))].focus();
    }
  });
  all[0]?.focus();
}
