// The faults of the chosen device: profile, the menu's switches, and what its driver did against the rules.
"use strict";
let menu = null;
const faultsPath = () => `/emulator/v1/endpoint/${current}/faults`;
const ask = (method, body) => ({ method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const said = (values) => Object.entries(values).map(([name, value]) => `${name}=${value}`).join(", ");

async function drawFaults() {
  const asked = current;
  try {
    menu ||= await call("/emulator/v1/faults");
    const [on, found] = [await call(faultsPath()), await call(`/emulator/v1/endpoint/${asked}/violations`)];
    if (asked !== current || tab !== "faults" || $("faults").contains(document.activeElement) && document.activeElement.type === "text") return;
    $("faults-driver").textContent = `Violations of its driver: ${on.violations}`;
    $("faults-profile").replaceChildren(el("option", { value: "" }, "…"),
      ...menu.profiles.map((one) => el("option", { value: one.name, title: one.help }, one.name)));
    $("faults-menu").replaceChildren(...menu.faults.map((fault) => faultRow(fault, on)));
    $("faults-found").replaceChildren(...found.violations.slice(-20).reverse().map((one) =>
      el("li", {}, el("small", {}, `${one.at_ms} ms`), `${one.text}: ${one.detail}`)));
  } catch (error) {
    for (const id of ["faults-menu", "faults-found"]) $(id).replaceChildren();
    $("faults-driver").textContent = error.message;
  }
}

function faultRow(fault, on) {
  const [values, lasts] = [on.active[fault.id], on.lasting[fault.id]];
  const given = el("input", { type: "text", spellcheck: false, value: values ? said(values) : "",
    placeholder: said(Object.fromEntries(fault.parameters.map((one) => [one.name, one.default]))),
    title: fault.parameters.map((one) => `${one.name}: ${one.help} (${one.allowed})`).join("\n"),
    hidden: !fault.parameters.length });
  given.setAttribute("aria-label", `Parameters of ${fault.name}`);
  const box = el("input", { type: "checkbox", id: "fault-" + fault.id, checked: Boolean(values) });
  const change = () => switchFaults("PATCH", { faults: { [fault.id]: box.checked ? parameters(given.value) : null } });
  box.onchange = change;
  given.onkeydown = (event) => { if (event.key === "Enter") { box.checked = true; given.blur(); change(); } };
  return el("li", {}, box,
    el("label", { htmlFor: box.id }, `${fault.id} ${fault.name}`), el("small", {}, fault.help), given,
    fault.fires && el("button", { type: "button", onclick: () => fire(fault, given.value) }, "Now"),
    on.acted[fault.id] && el("small", {}, `acted ${on.acted[fault.id]}`),
    lasts && el("small", {}, goesOn(lasts)),
    lasts && !values && el("button", { type: "button", onclick: () => switchFaults("PATCH", { faults: { [fault.id]: null } }) }, "End"));
}

function goesOn({ what, until, left_s }) {
  const ends = [until && `until ${until}`, left_s !== null && `for ${left_s} s more`].filter(Boolean);
  return `${what}, ${ends.join(" or ")}`;
}

function parameters(text) {
  return Object.fromEntries(text.split(",").filter((pair) => pair.trim())
    .map((pair) => pair.split("=").map((part) => part.trim())));
}

async function switchFaults(method, body) {
  try { await call(faultsPath(), ask(method, body)); } catch (error) { fail(error); }
  await drawFaults();
}

async function fire(fault, text) {
  try { await call(`${faultsPath()}/${fault.id}/fire`, ask("POST", parameters(text))); } catch (error) { fail(error); }
  await drawFaults();
}

$("faults-profile").onchange = (event) => event.target.value && switchFaults("PUT", { profile: event.target.value });
$("faults-clear").onclick = () => switchFaults("PUT", {});
