"use strict";
// SC1 in the browser: sign commands, verify answers and notices (SC1 §1 to §6). Values in, values out; keys are Uint8Array.

const sc1 = (() => {
  const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const KIDS = "ABCDEFGHJKMNPQRSTVWXYZ";
  const MAX_CTR = 0xffffffff;
  const DIRECTION = { "*": "C", "=": "R", "+": "N" };
  const FRAME = /^([*=+])([A-Za-z])([1-9][0-9]{0,9})(?:\/([1-9][0-9]?))?\.([0-9A-Za-z]{13})(?:!([0-9A-Za-z]+)| ([ -~]*))$/;
  const SAFE = /^[A-Za-z0-9.,:+\/()?&<>%=; -]$/;
  const encoder = new TextEncoder();

  class Sc1Error extends Error {}

  function join(...pieces) {
    const octets = pieces.flatMap((piece) => (typeof piece === "number" ? [piece] : [...(typeof piece === "string" ? encoder.encode(piece) : piece)]));
    return Uint8Array.from(octets);
  }

  const u32 = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  const hex = (octets) => [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");

  function fromHex(text) {
    if (!/^(?:[0-9a-fA-F]{2})+$/.test(text)) throw new Sc1Error("not hexadecimal");
    return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  }

  async function hmac(key, message) {
    const usable = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", usable, message));
  }

  // -- keys (§3)

  async function deviceKey(master, devid, kid, epoch) {
    if (master.length !== 32) throw new Sc1Error("a master key is 32 octets");
    const prk = await hmac(encoder.encode("SC1 fleet salt v1"), master);
    return hmac(prk, join("SC1 dev", 0, devid, 0, kid, epoch, 1));
  }

  async function slotKeys(device) {
    if (device.length !== 32) throw new Sc1Error("a device key is 32 octets");
    const [cmd, rep, enc] = await Promise.all(["cmd", "rep", "enc"].map((name) => hmac(device, join(name, 1))));
    return { cmd, rep, enc };
  }

  // -- base32 (§1): most significant bit first, zero tail bits, no superfluous character

  function encodeBits(octets) {
    let bits = "";
    for (const octet of octets) bits += octet.toString(2).padStart(8, "0");
    let text = "";
    for (let at = 0; at < bits.length; at += 5) text += ALPHABET[parseInt(bits.slice(at, at + 5).padEnd(5, "0"), 2)];
    return text;
  }

  function bitsOf(text) {
    const folded = text.toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1");
    let bits = "";
    for (const character of folded) {
      const value = ALPHABET.indexOf(character);
      if (value < 0) throw new Sc1Error("not base32");
      bits += value.toString(2).padStart(5, "0");
    }
    return bits;
  }

  function decodeBits(text) {
    const bits = bitsOf(text);
    const tail = bits.length % 8;
    if (tail >= 5 || bits.slice(bits.length - tail).includes("1")) throw new Sc1Error("superfluous base32");
    return Uint8Array.from(bits.match(/.{8}/g) || [], (octet) => parseInt(octet, 2));
  }

  // a tag is a 64-bit number in 13 characters: one bit more than it needs stands in front, and is zero
  const encodeTag = (tag) => {
    const bits = "0" + [...tag].map((octet) => octet.toString(2).padStart(8, "0")).join("");
    return bits.match(/.{5}/g).map((five) => ALPHABET[parseInt(five, 2)]).join("");
  };

  function decodeTag(text) {
    const bits = bitsOf(text);
    if (bits[0] !== "0") throw new Sc1Error("tag beyond 64 bits");
    return Uint8Array.from(bits.slice(1).match(/.{8}/g), (octet) => parseInt(octet, 2));
  }

  // -- tag and encryption (§4)

  async function tagOf(keys, mark, devid, kid, ctr, flags, payload) {
    const key = mark === "*" ? keys.cmd : keys.rep;
    const message = join("SC1", 0, DIRECTION[mark], kid, u32(ctr), flags, devid.length, devid, payload);
    return (await hmac(key, message)).slice(0, 8);
  }

  async function crypted(keys, mark, kid, ctr, tag, octets) {
    const out = Uint8Array.from(octets);
    for (let block = 0; block * 32 < out.length; block += 1) {
      const stream = await hmac(keys.enc, join(tag, DIRECTION[mark], kid, u32(ctr), block));
      for (let i = 0; i < 32 && block * 32 + i < out.length; i += 1) out[block * 32 + i] ^= stream[i];
    }
    return out;
  }

  function same(one, other) {
    let difference = one.length ^ other.length;
    for (let i = 0; i < one.length; i += 1) difference |= one[i] ^ other[i];
    return difference === 0;
  }

  const canonical = (body) => body.split(" ").filter((word) => word).join(" ");

  function checkBody(body) {
    if (!body) throw new Sc1Error("there is no command to sign");
    const bad = [...body].find((character) => !SAFE.test(character));
    if (bad !== undefined) {
      const octets = [...encoder.encode(bad)].map((octet) => "%" + octet.toString(16).toUpperCase().padStart(2, "0"));
      throw new Sc1Error(`"${bad}" does not survive every portal: write it as ${octets.join("")}`);
    }
    if (body.split(";").length > 4) throw new Sc1Error("at most four commands in one SMS");
  }

  async function sign(keys, devid, kid, ctr, words, encrypted) {
    const body = canonical(words);
    checkBody(body);
    if (!(ctr >= 1 && ctr <= MAX_CTR)) throw new Sc1Error("the counter is used up: only a new key helps");
    const payload = encoder.encode(body);
    const tag = await tagOf(keys, "*", devid, kid, ctr, encrypted ? 1 : 0, payload);
    const head = `*${kid}${ctr}.${encodeTag(tag)}`;
    if (!encrypted) return { sms: `${head} ${body}`, tag };
    return { sms: `${head}!${encodeBits(await crypted(keys, "*", kid, ctr, tag, payload))}`, tag };
  }

  // -- reading (§2)

  const stripped = (sms) => sms.replace(/^[ \r\n\u00a0\u200b-\u200f\ufeff]+/, "").replace(/[ \r\n\u00a0\u200b-\u200f\ufeff]+$/, "");

  function parse(sms) {
    const bare = stripped(sms);
    const foreign = /^[*=+]/.test(bare) && [...bare].find((character) => !/^[ -~]$/.test(character));
    if (foreign) {
      const point = foreign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      throw new Sc1Error(`U+${point} stands inside, as in no signed text: copy it without`);
    }
    const match = FRAME.exec(bare);
    if (!match) throw new Sc1Error("this is no signed text");
    const [, mark, letter, number, part, mac, secret, text] = match;
    const kid = letter.toUpperCase();
    const ctr = Number(number);
    if (!KIDS.includes(kid) || ctr > MAX_CTR || (part && mark !== "=")) throw new Sc1Error("no such slot, counter or part");
    const ciphertext = secret === undefined ? null : decodeBits(secret);
    return { mark, kid, ctr, part: Number(part || 0), tag: decodeTag(mac), text, ciphertext };
  }

  async function open(keys, frame, devid, prefix) {
    const wrong = new Sc1Error("not authentic: wrong key, wrong device, or changed on the way");
    const encrypted = frame.ciphertext !== null;
    const plain = frame.mark === "*" ? canonical(frame.text || "") : frame.text;
    const payload = encrypted
      ? await crypted(keys, frame.mark, frame.kid, frame.ctr, frame.tag, frame.ciphertext)
      : encoder.encode(plain);
    const flags = (frame.part << 1) | (encrypted ? 1 : 0);
    const expected = await tagOf(keys, frame.mark, devid, frame.kid, frame.ctr, flags, join(prefix, payload));
    if (!same(expected, frame.tag)) throw wrong;
    const text = String.fromCharCode(...payload);
    if (!/^[ -~]*$/.test(text) || (frame.mark === "*" && canonical(text) !== text)) throw wrong;
    return text;
  }

  // `commandTag`: of the command that a reply answers; no other needs it
  async function verify(keys, devid, sms, commandTag) {
    const frame = parse(sms);
    if (frame.mark === "=" && !commandTag) throw new Sc1Error("the command that it answers is not known here");
    return { ...frame, text: await open(keys, frame, devid, frame.mark === "=" ? commandTag : []) };
  }

  return { KIDS, MAX_CTR, Sc1Error, canonical, deviceKey, fromHex, hex, parse, sign, slotKeys, stripped, verify };
})();
