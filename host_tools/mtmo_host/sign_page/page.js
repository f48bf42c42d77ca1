// The page: which key, which device, what to say; counters are stored before a text is shown (SC1 §5.7).

(() => {
  const CLOCK_LIMIT_S = {{clock-limit-s}};
  const ONE_SMS = 160;
  const SEGMENT = 153;
  const KEPT_TAGS = 32;
  const $ = (id) => document.getElementById(id);
  let source = null; // {kind, kid, epoch, keys: {devid: Uint8Array}} of an export, or {kind, master}
  let memory = {}; // where the browser keeps nothing

  // -- what must not be forgotten: per device and slot the last counter and the tags of the latest commands

  function recall(devid, kid) {
    const name = `mtmo/${devid}/${kid}`;
    let text = memory[name];
    try {
      text = localStorage.getItem(name) ?? text;
    } catch {
      $("forgetful").hidden = false;
    }
    try {
      const record = JSON.parse(text ?? "{}");
      if (Number.isInteger(record.last) && typeof record.tags === "object" && record.tags) return record;
    } catch {
      // damaged: the clock's seconds are above any counter that was used before
    }
    return { last: 0, tags: {} };
  }

  function remember(devid, kid, record) {
    const tags = Object.keys(record.tags).sort((one, other) => other - one);
    for (const old of tags.slice(KEPT_TAGS)) delete record.tags[old];
    const name = `mtmo/${devid}/${kid}`;
    memory[name] = JSON.stringify(record);
    try {
      localStorage.setItem(name, memory[name]);
    } catch {
      $("forgetful").hidden = false;
    }
  }

  function nextCounter(devid, kid) {
    const now = Math.floor(Date.now() / 1000);
    if (now > CLOCK_LIMIT_S) throw new sc1.Sc1Error("this phone's clock is years ahead: it would use up the counters");
    const ctr = Math.max(recall(devid, kid).last + 1, now);
    if (ctr > sc1.MAX_CTR) throw new sc1.Sc1Error("the counter is used up: only a new key helps");
    return ctr;
  }

  // -- the key

  function readKey(text) {
    const content = text.trim();
    if (/^[0-9a-fA-F]{64}$/.test(content)) return { kind: "master", master: sc1.fromHex(content) };
    let record;
    try {
      record = JSON.parse(content);
    } catch {
      throw new sc1.Sc1Error("neither exported keys (mtmo keys export) nor 64 hex digits");
    }
    if (record?.kind !== "mtmo device keys" || record.version !== 1 || !sc1.KIDS.includes(record.slot) || record.slot.length !== 1) {
      throw new sc1.Sc1Error("this file holds no device keys");
    }
    if (!Number.isInteger(record.epoch) || record.epoch < 1 || record.epoch > 255) throw new sc1.Sc1Error("its epoch is none");
    const keys = Object.entries(record.keys ?? {}).map(([devid, key]) => [devid, sc1.fromHex(String(key))]);
    if (!keys.length || keys.some(([, key]) => key.length !== 32)) throw new sc1.Sc1Error("its keys are damaged");
    return { kind: "exported", kid: record.slot, epoch: record.epochs ? "by device" : record.epoch, keys: new Map(keys) };
  }

  function useKey(text) {
    try {
      source = readKey(text);
    } catch (error) {
      source = null;
      show("key-state", error.message, "bad");
      return;
    } finally {
      $("key-text").value = "";
    }
    const exported = source.kind === "exported";
    $("devices").replaceChildren(...[...(source.keys ?? new Map()).keys()].map((devid) => new Option(devid, devid)));
    $("device-row").hidden = !exported;
    $("imei-row").hidden = exported;
    show(
      "key-state",
      exported
        ? `Slot ${source.kid}, epoch ${source.epoch}, ${source.keys.size} device${source.keys.size > 1 ? "s" : ""}.`
        : "A master key: it commands the whole fleet. Better ask for an export (mtmo keys export).",
      exported ? "good" : "warn",
    );
    count();
  }

  function device() {
    if (!source) throw new sc1.Sc1Error("load a key first");
    const devid = source.kind === "exported" ? $("devices").value : $("imei").value.replace(/[ -]/g, "");
    if (source.kind === "master" && !isImei(devid)) throw new sc1.Sc1Error("the IMEI is mistyped: 15 digits, the last one checks");
    const kid = source.kind === "exported" ? source.kid : $("slot").value.trim().toUpperCase();
    if (kid.length !== 1 || !sc1.KIDS.includes(kid)) throw new sc1.Sc1Error("the slot is one letter, A by default");
    return { devid, kid };
  }

  function isImei(text) {
    const doubled = [...text].map((digit, i) => String(Number(digit) * (1 + (i % 2)))).join("");
    return /^[0-9]{15}$/.test(text) && [...doubled].reduce((sum, digit) => sum + Number(digit), 0) % 10 === 0;
  }

  async function keysOf(devid, kid) {
    if (source.kind === "exported") return sc1.slotKeys(source.keys.get(devid));
    const epoch = Number($("epoch").value);
    if (!(Number.isInteger(epoch) && epoch >= 1 && epoch <= 255)) throw new sc1.Sc1Error("the epoch is 1 to 255");
    return sc1.slotKeys(await sc1.deviceKey(source.master, devid, kid, epoch));
  }

  // -- signing

  async function sign() {
    $("signed-row").hidden = true;
    try {
      const { devid, kid } = device();
      const keys = await keysOf(devid, kid);
      const encrypted = $("encrypt").checked;
      await sc1.sign(keys, devid, kid, 1, $("command").value, encrypted); // refuses before a counter is spent
      const ctr = nextCounter(devid, kid);
      const signed = await sc1.sign(keys, devid, kid, ctr, $("command").value, encrypted);
      const record = recall(devid, kid);
      record.last = ctr;
      record.tags[ctr] = sc1.hex(signed.tag);
      remember(devid, kid, record);
      $("signed").value = signed.sms;
      $("signed-row").hidden = false;
      show("count", room(signed.sms.length), signed.sms.length > ONE_SMS ? "warn" : "good");
    } catch (error) {
      show("count", told(error), "bad");
    }
  }

  // every character of a signed text is one septet of the GSM alphabet
  function room(length) {
    if (length <= ONE_SMS) return `${length} of ${ONE_SMS} characters: one SMS.`;
    const segments = Math.ceil(length / SEGMENT);
    return `${length} characters: ${segments} SMS. Some portals cannot send this: use a phone, or say less in one text.`;
  }

  function count() {
    $("signed-row").hidden = true;
    const body = sc1.canonical($("command").value);
    const length = "*A1234567890.".length + 13 + 1 + ($("encrypt").checked ? Math.ceil((body.length * 8) / 5) : body.length);
    if (body) show("count", room(length), length > ONE_SMS ? "warn" : "");
    else show("count", "", "");
  }

  async function copy() {
    $("signed").select();
    try {
      await navigator.clipboard.writeText($("signed").value);
    } catch {
      document.execCommand("copy"); // pages from a file may not use the clipboard
    }
    $("copy").textContent = "Copied";
    setTimeout(() => ($("copy").textContent = "Copy"), 1500);
  }

  // -- verifying

  async function check() {
    try {
      const { devid } = device();
      const frame = sc1.parse($("answer").value);
      if (source.kind === "exported" && frame.kid !== source.kid) throw new sc1.Sc1Error(`it is of slot ${frame.kid}`);
      const keys = await keysOf(devid, frame.kid);
      const command = sc1.stripped($("answered").value);
      let tag = recall(devid, frame.kid).tags[frame.ctr];
      tag = tag ? sc1.fromHex(tag) : null;
      if (frame.mark === "=" && command) tag = (await sc1.verify(keys, devid, command)).tag;
      const opened = await sc1.verify(keys, devid, $("answer").value, tag);
      const what = { "=": "answer", "+": "notice", "*": "command" }[opened.mark];
      show("verdict", `VERIFIED ${what}: ${opened.text}`, "good");
    } catch (error) {
      show("verdict", `NOT VERIFIED: ${told(error)}`, "bad");
    }
  }

  const told = (error) => (error instanceof sc1.Sc1Error ? error.message : `this browser failed: ${error.message}`);

  function show(id, text, kind) {
    $(id).textContent = text;
    $(id).className = `state ${kind}`;
  }

  // -- wiring

  if (!globalThis.crypto?.subtle) {
    $("unable").hidden = false;
    return;
  }
  $("key-file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (file) useKey(await file.text());
    event.target.value = "";
  });
  $("key-use").addEventListener("click", () => useKey($("key-text").value));
  for (const id of ["command", "encrypt"]) $(id).addEventListener("input", count);
  for (const button of document.querySelectorAll("#frequent button")) {
    button.addEventListener("click", () => {
      $("command").value = button.textContent;
      $("command").focus();
      count();
    });
  }
  $("sign").addEventListener("click", sign);
  $("copy").addEventListener("click", copy);
  $("check").addEventListener("click", check);
})();
