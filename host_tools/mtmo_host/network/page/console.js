// The console page. Whatever a device or a stranger wrote reaches the page as text nodes only.
"use strict";
const $ = (id) => document.getElementById(id);
const injected = document.querySelector("meta[name=mtmo-token]").content;
let token = injected || sessionStorage.getItem("mtmo-token") || "";
let state = null, current = null, tab = "chat", logAfter = 0, shown = "";
const TABS = ["chat", "phone", "log", "faults"];
const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà\f^{}\\[~\]|€]*$/;
const EXTENSION = /[\f^{}\\[~\]|€]/g;

function el(tag, props, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter((child) => child));
  return node;
}

const post = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

async function call(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { ...options.headers, Authorization: "Bearer " + token } });
  if (answer.status === 401) { signIn(); throw new Error("signed out"); }
  const value = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(value.errors ? value.errors.map((one) => one.message).join("; ") : value.message);
  return value;
}

function signIn() {
  if (injected && performance.now() > 6e4) location.reload(); // the page's token has run out
  $("app").hidden = true;
  $("login").hidden = false;
  $("login-token").focus();
}

function fail(error) {
  Object.assign($("error"), { textContent: error.message, hidden: false });
  clearTimeout(fail.timer);
  fail.timer = setTimeout(() => { $("error").hidden = true; }, 6000);
}

function clock(text) {
  const time = new Date(text.replace("+0000", "Z"));
  return time.toDateString() === new Date().toDateString() ? time.toLocaleTimeString() : time.toLocaleString();
}

const device = () => state.devices.find((one) => one.id === current);
const base = () => "/console/api/endpoint/" + current;
const reach = (one) => (one.reachable ? "attached" : "not attached");
const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 60;

// devices

async function load() {
  const first = !state;
  state = await call("/console/api/state");
  $("app").hidden = false;
  $("login").hidden = true;
  if (first) {
    $("sign").checked = state.can_sign;
    $("sign").disabled = $("encrypt").disabled = !state.can_sign;
    $("source").value = state.operator;
    current = Number(location.hash.slice(1));
    if (!device()) current = innerWidth > 720 && state.devices.length ? state.devices[0].id : null;
    if (current) select(current);
    count();
  }
  drawDevices();
}

function drawDevices() {
  const wanted = $("filter").value.trim().toLowerCase();
  const focused = document.activeElement.dataset.id;
  $("devices").replaceChildren();
  for (const one of state.devices) {
    if (![one.name, one.msisdn, one.imei].join(" ").toLowerCase().includes(wanted)) continue;
    const button = el("button", { type: "button", className: "device", onclick: () => select(one.id) },
      el("span", { className: one.reachable ? "dot on" : "dot", title: reach(one) }),
      el("span", { className: "label" }, el("b", {}, one.name), el("small", {}, "+" + one.msisdn)),
      one.queued && el("span", { className: "badge wait", title: "waiting for delivery" }, String(one.queued)),
      one.unread && el("span", { className: "badge", title: "not read" }, String(one.unread)));
    button.dataset.id = one.id;
    if (one.id === current) button.setAttribute("aria-current", "true");
    $("devices").append(button);
    if (focused === String(one.id)) button.focus();
  }
  const it = device();
  document.body.classList.toggle("open", Boolean(it));
  if (!it) return;
  $("name").textContent = it.name;
  $("facts").textContent = `${reach(it)} · +${it.msisdn} · IMEI ${it.imei}`;
}

function select(id) {
  current = id;
  history.replaceState(null, "", "#" + id);
  logAfter = 0;
  $("lines").textContent = "";
  drawDevices();
  show(tab);
  if (tab === "chat" && innerWidth > 720) $("text").focus();
}

// one device

async function refresh() {
  const asked = current, on = tab;
  if (!device()) return;
  if (on === "faults") return drawFaults();
  const number = $("phone-number").value.replace(/\D/g, "");
  const path = { chat: base() + "/messages", phone: "/console/api/phone/" + number, log: base() + "/log?after=" + logAfter }[on];
  const value = await call(path);
  if (asked !== current || on !== tab) return;
  if (on !== "log") drawTalk($(on === "chat" ? "talk" : "inbox"), value);
  else if (value.lines.length && value.lines.at(-1).n > logAfter) {
    const box = $("lines"), follow = atEnd(box);
    logAfter = value.lines.at(-1).n;
    box.append(value.lines.map((line) => `${clock(line.time)}  ${line.text}\n`).join(""));
    if (follow) box.scrollTop = box.scrollHeight;
  }
  if (on === "chat" && device().unread && !document.hidden) {
    device().unread = 0;
    drawDevices();
    await call(base() + "/seen", post({}));
  }
}

function drawTalk(list, messages) {
  const key = JSON.stringify(messages), follow = !shown || atEnd(list);
  if (key === shown) return;
  shown = key;
  list.replaceChildren(...messages.map(bubble));
  if (!messages.length) list.append(el("li", { className: "none" }, "Nothing here yet."));
  if (follow) list.scrollTop = list.scrollHeight;
}

function bubble(one) {
  const chips = one.chips.map(([kind, text, time]) =>
    el("span", { className: "chip " + kind }, time ? `${text} ${clock(time)}` : text));
  const cancel = () => call(`${base()}/messages/${one.id}/cancel`, post({})).catch(fail);
  return el("li", { className: one.mt ? "mt" : "mo" },
    el("p", { className: "text", title: one.raw === one.text ? "" : one.raw }, one.text),
    el("p", { className: "meta" }, `${one.from} · ${clock(one.time)}${one.note}`),
    el("p", { className: "chips" }, ...chips,
      one.can_cancel && el("button", { type: "button", className: "link", onclick: cancel }, "Cancel")));
}

function show(name) {
  tab = name;
  shown = "";
  for (const one of TABS) {
    $(one).hidden = one !== name;
    $("tab-" + one).setAttribute("aria-selected", one === name);
    $("tab-" + one).tabIndex = one === name ? 0 : -1;
  }
  refresh().catch(fail);
}

// sending

function count() {
  const text = $("text").value, signed = $("sign").checked, plain = GSM.test(text);
  let units = text.length + (plain ? (text.match(EXTENSION) || []).length : 0);
  if (!signed) $("encrypt").checked = false;
  if (signed) units = $("encrypt").checked ? 26 + Math.ceil(text.length * 1.6) : 27 + units;
  const [one, more] = plain ? [160, 153] : [70, 67];
  const parts = units <= one ? 1 : Math.ceil(units / more);
  $("count").textContent = `${units}/${parts > 1 ? parts * more : one} ${plain ? "GSM-7" : "UCS2"} · ${parts} SMS`;
  $("count").classList.toggle("bad", signed && !plain);
}

async function send(box, path, body) {
  if (!device() || !box.value.trim()) return;
  try {
    await call(path, post(body));
    box.value = "";
    count();
    show("chat");
  } catch (error) { fail(error); }
}

// live

let due = 0;
function changed() {
  due ||= setTimeout(async () => {
    due = 0;
    try { await load(); await refresh(); } catch (error) { fail(error); }
  }, 120);
}

async function follow() {
  const live = (textContent, className) => Object.assign($("live"), { textContent, className });
  for (let pause = 500; ; pause = Math.min(pause * 2, 8000)) {
    try {
      const answer = await fetch("/console/events", { headers: { Authorization: "Bearer " + token } });
      if (answer.status === 401) return signIn();
      const reader = answer.body.getReader();
      live("live", "live on");
      for (pause = 500; ;) {
        const { value, done } = await reader.read();
        if (done) break;
        if (value.length > 20) changed(); // shorter: a ping
      }
    } catch { /* the server is away: try again */ }
    live("reconnecting", "live");
    await new Promise((go) => setTimeout(go, pause));
  }
}

async function start() {
  if (!token) return signIn();
  try { await load(); follow(); } catch (error) { fail(error); }
}

$("login").onsubmit = async () => {
  const box = $("login-token");
  const answer = await fetch("/api/v1/authenticate", post({ application_token: box.value.trim() }));
  box.value = "";
  box.placeholder = "not accepted";
  if (!answer.ok) return;
  token = (await answer.json()).auth_token;
  sessionStorage.setItem("mtmo-token", token);
  start();
};
$("compose").onsubmit = () => send($("text"), base() + "/messages",
  { text: $("text").value, sign: $("sign").checked, encrypt: $("encrypt").checked, source: $("source").value });
$("phone-form").onsubmit = () => send($("phone-text"), "/console/api/phone",
  { number: $("phone-number").value, dest: String(current), payload: $("phone-text").value });
for (const form of [$("compose"), $("phone-form"), $("login")]) {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.onkeydown = (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey || event.shiftKey) || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  };
}
$("text").oninput = $("sign").onchange = count;
$("encrypt").onchange = () => { $("sign").checked ||= $("encrypt").checked; count(); };
$("filter").oninput = drawDevices;
$("phone-number").onchange = () => show("phone");
$("back").onclick = () => { current = null; drawDevices(); };
for (const one of TABS) $("tab-" + one).onclick = () => show(one);
document.onkeydown = (event) => {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step || !event.target.matches(".device, [role=tab]")) return;
  event.preventDefault();
  event.target[step > 0 ? "nextElementSibling" : "previousElementSibling"]?.focus();
};
for (const verb of $("verbs").children) {
  verb.onclick = () => { $("text").value = verb.dataset.text || verb.textContent; count(); $("text").focus(); };
}
document.onvisibilitychange = () => document.hidden || changed();
setInterval(() => tab === "log" && !document.hidden && refresh().catch(() => {}), 1000);
start();
