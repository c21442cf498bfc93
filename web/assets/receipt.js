// Checking a receipt in the browser: docs/receipts.md says how. The file goes nowhere; only the platform's keys are fetched.
import { hex, sha256 } from "./digest.js";

const MARK = "\n%ventanilla-receipt: ";
const TYPE = "ventanilla-receipt+jws";
const OWN = ["iss", "iat", "notification", "institution", "reference", "content", "head"];
const HALF = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n / 2n; // of the order of P-256

/** A file that is no receipt as it was handed out; `code` says why. */
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** What is proven of a receipt: `{manifest, receipt, kid}`, `receipt` null where it is a PDF; or throws Refused. */
export async function check(file, keys) {
  const part = await split(file);
  const jws = readJws(part.jws);
  const { alg, kid, typ } = jws.header;
  if (Object.keys(jws.header).length !== 3 || alg !== "ES256" || typ !== TYPE) throw new Refused("kind");
  const key = keys.find((one) => one.kid === kid);
  if (!key) throw new Refused("key");
  if (!(await holds(jws, key))) throw new Refused("signature");
  const names = [...OWN, part.form];
  const same = Object.keys(jws.payload).length === names.length && names.every((name) => Object.hasOwn(jws.payload, name));
  if (!same || jws.payload[part.form] !== part.digest) throw new Refused("changed");
  return { manifest: jws.payload, receipt: part.receipt, kid };
}

/** JSON in the one form that digests are made of (RFC 8785). */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const member = (name) => `${JSON.stringify(name)}:${canonical(value[name])}`;
  return `{${Object.keys(value).sort().map(member).join(",")}}`;
}

async function split(file) {
  const text = latin(file);
  return text.startsWith("%PDF-") ? splitPdf(file, text) : splitJson(file);
}

async function splitPdf(file, text) {
  const at = text.lastIndexOf(MARK);
  if (at < 0) throw new Refused("unsigned");
  const start = at + MARK.length;
  const jws = text.slice(start, text.indexOf("\n", start));
  const end = /startxref[ \t\n\r\f\v]+([0-9]+)[ \t\n\r\f\v]+%%EOF[ \t\n\r\f\v]*$/.exec(text.slice(0, at));
  if (!end || text.slice(at) !== `${MARK}${jws}\nstartxref\n${end[1]}\n%%EOF\n`) throw new Refused("tail");
  return { form: "pdf", jws, digest: await sha256(file.subarray(0, at)), receipt: null };
}

async function splitJson(file) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file);
    const { jws, receipt } = JSON.parse(text);
    const isObject = receipt !== null && typeof receipt === "object" && !Array.isArray(receipt);
    if (typeof jws === "string" && isObject && canonical({ jws, receipt }) === text) {
      return { form: "receipt", jws, digest: await sha256(new TextEncoder().encode(canonical(receipt))), receipt };
    }
  } catch {
    throw new Refused("none");
  }
  throw new Refused("rewritten");
}

/** A compact signature, refused where it is not spelt as the platform spells it. */
function readJws(text) {
  try {
    const [header, payload, signature, ...more] = text.split(".");
    if (more.length) throw new Refused("spelling");
    const parts = [header, payload].map((part) => parsed(fromBase64url(part)));
    return { header: parts[0], payload: parts[1], signed: new TextEncoder().encode(`${header}.${payload}`), signature: fromBase64url(signature) };
  } catch {
    throw new Refused("spelling");
  }
}

function parsed(bytes) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const value = JSON.parse(text);
  if (value === null || typeof value !== "object" || Array.isArray(value) || canonical(value) !== text) throw new Refused("spelling");
  return value;
}

function fromBase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Refused("spelling");
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const again = btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  if (again !== text) throw new Refused("spelling"); // the last character has bits to spare
  return Uint8Array.from(raw, (sign) => sign.charCodeAt(0));
}

async function holds({ signed, signature }, { kty, crv, x, y }) {
  if (kty !== "EC" || crv !== "P-256" || signature.length !== 64) return false;
  if (BigInt(`0x${hex(signature.subarray(32))}`) > HALF) return false; // else the same signature in other bytes
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, signed);
}

/** Bytes as a text with one sign for each, ASCII as it reads. */
function latin(bytes) {
  return new TextDecoder("latin1").decode(bytes);
}
