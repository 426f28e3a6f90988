// What every function finds: types of BSON, extended JSON, `context`, `console`.
// Extended JSON is how values come in and go out; the gateway reads and writes it.
"use strict";
(() => {
  const MAX_DEPTH = 100;
  const MAX_LINES = 100;
  const MAX_LINE = 1000;
  const HEX = /^[0-9a-fA-F]{24}$/;
  const UUID_TEXT = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  const hexOf = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));

  function toBase64(bytes) {
    let text = "";
    for (let i = 0; i < bytes.length; i += 3) {
      const [a, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
      text += ALPHABET[a >> 2] + ALPHABET[((a & 3) << 4) | ((b || 0) >> 4)];
      text += b === undefined ? "=" : ALPHABET[((b & 15) << 2) | ((c || 0) >> 6)];
      text += c === undefined ? "=" : ALPHABET[c & 63];
    }
    return text;
  }

  function fromBase64(text) {
    const bytes = [];
    let bits = 0, held = 0;
    for (const letter of text.replace(/=+$/, "")) {
      held = (held << 6) | ALPHABET.indexOf(letter);
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes.push((held >> bits) & 255);
      }
    }
    return Uint8Array.from(bytes);
  }

  // App Services lets its types be called without `new`.
  const callable = (type) => new Proxy(type, { apply: (target, _, args) => new target(...args) });

  const ObjectId = callable(class ObjectId {
    constructor(id) {
      if (id === undefined) {
        const seconds = Math.floor(Date.now() / 1000).toString(16).padStart(8, "0");
        const random = () => Math.floor(Math.random() * 256);
        id = seconds + hexOf(Array.from({ length: 8 }, random));
      }
      if (!HEX.test(String(id))) throw new TypeError("an ObjectId has 24 hexadecimal digits");
      this.id = String(id).toLowerCase();
    }
    toHexString() { return this.id; }
    toString() { return this.id; }
    toJSON() { return this.id; }
    getTimestamp() { return new Date(parseInt(this.id.slice(0, 8), 16) * 1000); }
    equals(other) { return other !== null && other !== undefined && String(other) === this.id; }
    __ejson() { return { $oid: this.id }; }
  });
  const number = (key, check) => callable(class {
    constructor(value) { this.value = check(value); }
    valueOf() { return this.value; }
    toString() { return String(this.value); }
    toJSON() { return this.value; }
    toNumber() { return Number(this.value); }
    __ejson() { return { [key]: String(this.value) }; }
  });
  const Int32 = number("$numberInt", (value) => Number(value) | 0);
  const Double = number("$numberDouble", Number);
  const Long = number("$numberLong", (value) => BigInt.asIntN(64, BigInt(value)));
  Long.prototype.toJSON = function () { return Number(this.value); };
  const Decimal128 = number("$numberDecimal", String);
  const Binary = callable(class Binary {
    constructor(buffer, subType = 0) {
      this.buffer = typeof buffer === "string" ? fromBase64(buffer) : new Uint8Array(buffer);
      this.sub_type = subType;
    }
    toBase64() { return toBase64(this.buffer); }
    toHexString() { return hexOf(this.buffer); }
    __ejson() {
      const subType = this.sub_type.toString(16).padStart(2, "0");
      return { $binary: { base64: toBase64(this.buffer), subType } };
    }
  });
  const UUID = callable(class UUID {
    constructor(text) {
      if (!UUID_TEXT.test(String(text))) throw new TypeError("that is no UUID");
      this.text = String(text).toLowerCase();
    }
    toString() { return this.text; }
    toJSON() { return this.text; }
    toHexString() { return this.text; }
    __ejson() {
      const bytes = bytesOf(this.text.replace(/-/g, ""));
      return { $binary: { base64: toBase64(bytes), subType: "04" } };
    }
  });
  const Timestamp = callable(class Timestamp {
    constructor(t, i) { this.t = t; this.i = i; }
    __ejson() { return { $timestamp: { t: this.t, i: this.i } }; }
  });
  const BSONRegExp = callable(class BSONRegExp {
    constructor(pattern, options = "") { this.pattern = pattern; this.options = options; }
    __ejson() {
      return { $regularExpression: { pattern: this.pattern, options: this.options } };
    }
  });
  const MinKey = callable(class MinKey { __ejson() { return { $minKey: 1 }; } });
  const MaxKey = callable(class MaxKey { __ejson() { return { $maxKey: 1 }; } });

  const plain = (object, key, value) => Object.defineProperty(
    object, key, { value, enumerable: true, writable: true, configurable: true });

  function toExtended(value, depth = 0) {
    if (depth > MAX_DEPTH) throw new RangeError("the value is nested more than 100 levels deep");
    switch (typeof value) {
      case "string": case "boolean": return value;
      case "bigint": return { $numberLong: String(BigInt.asIntN(64, value)) };
      case "number":
        if (!Number.isInteger(value) || Object.is(value, -0)) {
          return { $numberDouble: Object.is(value, -0) ? "-0.0" : String(value) };
        }
        if (value === (value | 0)) return { $numberInt: String(value) };
        if (Number.isSafeInteger(value)) return { $numberLong: String(value) };
        return { $numberDouble: String(value) };
      case "object": break;
      default: return null;
    }
    if (value === null) return null;
    if (typeof value.__ejson === "function") return value.__ejson();
    if (value instanceof Date) return { $date: { $numberLong: String(value.getTime()) } };
    if (value instanceof RegExp) {
      const { source: pattern, flags } = value;
      const options = [...flags].filter((flag) => "imsux".includes(flag)).sort().join("");
      return { $regularExpression: { pattern, options } };
    }
    if (value instanceof ArrayBuffer) value = new Uint8Array(value);
    if (value instanceof Uint8Array) {
      return { $binary: { base64: toBase64(value), subType: "00" } };
    }
    if (Array.isArray(value)) return value.map((element) => toExtended(element, depth + 1));
    if (value instanceof Map) value = Object.fromEntries(value);
    const object = {};
    for (const key of Object.keys(value)) {
      if (value[key] === undefined || typeof value[key] === "function") continue;
      plain(object, key, toExtended(value[key], depth + 1));
    }
    return object;
  }

  function special(key, inner, value) {
    switch (key) {
      case "$oid": return new ObjectId(inner);
      case "$numberInt": case "$numberDouble": return Number(inner);
      case "$numberLong": {
        const long = BigInt(inner);
        return Number.isSafeInteger(Number(long)) ? Number(long) : new Long(long);
      }
      case "$numberDecimal": return new Decimal128(inner);
      case "$date":
        return new Date(typeof inner === "object" ? Number(inner.$numberLong) : inner);
      case "$binary": {
        const binary = new Binary(inner.base64, parseInt(inner.subType, 16));
        if (binary.sub_type !== 4 || binary.buffer.length !== 16) return binary;
        const parts = hexOf(binary.buffer).match(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/);
        return new UUID(parts.slice(1).join("-"));
      }
      case "$uuid": return new UUID(inner);
      case "$regularExpression": return new BSONRegExp(inner.pattern, inner.options);
      case "$timestamp": return new Timestamp(inner.t, inner.i);
      case "$minKey": return new MinKey();
      case "$maxKey": return new MaxKey();
      case "$undefined": return undefined;
      default: return value;
    }
  }

  function fromExtended(value) {
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map(fromExtended);
    const keys = Object.keys(value);
    if (keys.length === 1 && keys[0].startsWith("$")) {
      const found = special(keys[0], value[keys[0]], value);
      if (found !== value) return found;
    }
    const object = {};
    for (const key of keys) plain(object, key, fromExtended(value[key]));
    return object;
  }

  const EJSON = {
    parse: (text) => fromExtended(JSON.parse(text)),
    stringify: (value) => JSON.stringify(toExtended(value)),
    serialize: (value) => toExtended(value),
    deserialize: (value) => fromExtended(value),
  };
  const BSON = {
    ObjectId, ObjectID: ObjectId, Int32, Double, Long, Decimal128, Binary, UUID, Timestamp,
    BSONRegExp, MinKey, MaxKey, EJSON,
  };
  const types = { BSON, EJSON, ObjectId, UUID };
  for (const name of Object.keys(types)) plain(globalThis, name, types[name]);

  const lines = [];
  const show = (value) => value === null || typeof value !== "object" || value instanceof Error
    ? String(value) : EJSON.stringify(value);
  const log = (...values) => {
    if (lines.length < MAX_LINES) lines.push(values.map(show).join(" ").slice(0, MAX_LINE));
  };
  plain(globalThis, "console", { log, info: log, warn: log, error: log, debug: log });

  const missing = (what) => () => {
    throw new Error(`${what} is not available: functions of this gateway have no input or output`);
  };
  plain(globalThis, "require", missing("require"));

  const makers = new Map();
  const made = new Map();
  function find(name) {
    if (!made.has(name)) {
      const make = makers.get(name);
      if (!make) throw new Error(`function not found: '${name}'`);
      const exported = make();
      if (typeof exported !== "function") {
        throw new TypeError(`'${name}' does not set exports to a function`);
      }
      made.set(name, exported);
    }
    return made.get(name);
  }

  let state = "pending", answer = "", errorName = "";
  function fail(error) {
    state = "rejected";
    const known = error !== null && typeof error === "object" && "message" in error;
    errorName = known && error.name ? String(error.name) : "Error";
    answer = known ? String(error.message) : show(error === undefined ? null : error);
  }

  globalThis.__define = (name, make) => { makers.set(name, make); };
  globalThis.__start = (name, args, known) => {
    const { user, values, environment, request, system } = EJSON.parse(known);
    const get = (name) => values[name];
    plain(globalThis, "context", {
      user, environment, request,
      values: { get },
      functions: { execute: (name, ...args) => find(name)(...args) },
      services: { get: missing("context.services") },
      http: { get: missing("context.http"), post: missing("context.http") },
      runningAsSystem: () => system,
    });
    const parsed = EJSON.parse(args);
    (async () => find(name)(...parsed))().then((value) => {
      answer = EJSON.stringify(value);
      state = "fulfilled";
    }).catch(fail);
  };
  globalThis.__finish = () => [state, answer, errorName, lines];
})();
