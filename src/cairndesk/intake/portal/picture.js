/* What the page about a picture does, on the phone of whoever reads it: the picture is read here, its hashes are written into the form,
 * and nothing else is sent. No foreign code.
 *
 * PDQ as in signals/engine: the picture's luminance is blurred twice with a box in both directions and read at 64 x 64 places, all in one
 * sum with weights; of its cosine transform 16 x 16 waves are kept, and each bit says whether one is above the middle one. Turning the picture over
 * changes the sign of every odd wave and nothing else, so all eight forms come of one transform.
 * Source: "PDQ & TMK + PDQF", published by Meta (BSD).
 */
"use strict";

const SIDE = 64, WAVES = 16, TOO_SMALL = 5, PLAIN_BELOW = 50;
const EVEN_ROWS = 1, EVEN_COLUMNS = 2, ACROSS = 4;
/* In the order of FORMS in signals/engine/answer.py. */
const TURNS = [0, EVEN_ROWS | ACROSS, EVEN_ROWS | EVEN_COLUMNS, EVEN_COLUMNS | ACROSS, EVEN_ROWS, EVEN_COLUMNS, ACROSS, EVEN_ROWS | EVEN_COLUMNS | ACROSS];

/* For a side of `length` pixels: of each of the 64 places the first pixel that it takes, and the weights of those from there on. */
function band(length) {
  const box = Math.floor((length + 2 * SIDE - 1) / (2 * SIDE));
  const high = at => Math.min(at + Math.floor((box + 2) / 2), length), low = at => Math.max(at + Math.floor((box + 2) / 2) - box, 0);
  return Array.from({ length: SIDE }, (_, row) => {
    const place = Math.floor((row + 0.5) * length / SIDE), first = low(low(place)), last = high(high(place) - 1);
    const weights = new Float64Array(last - first), share = 1 / (high(place) - low(place));
    for (let at = low(place); at < high(place); at++)
      for (let inner = low(at); inner < high(at); inner++) weights[inner - first] += share / (high(at) - low(at));
    return { first, weights };
  });
}

/* The 64 x 64 means of the luminance of a picture; `read(top, rows)` gives so many of its rows as RGBA bytes, so that it never stands in memory twice.
 * None where a pixel is not opaque: a canvas has lost the colours below it, which the engine reads. */
function means(read, width, height) {
  const across = band(width);
  let isOpaque = true;
  const mean = band(height).map(({ first, weights }) => {
    const rgba = read(first, weights.length), sum = new Float64Array(3 * width), light = new Float64Array(width);
    weights.forEach((weight, down) => {
      for (let x = 0, at = 4 * width * down; x < 3 * width; x += 3, at += 4) {
        sum[x] += weight * rgba[at];
        sum[x + 1] += weight * rgba[at + 1];
        sum[x + 2] += weight * rgba[at + 2];
        if (rgba[at + 3] < 255) isOpaque = false;
      }
    });
    for (let x = 0; x < width; x++) light[x] = 0.299 * sum[3 * x] + 0.587 * sum[3 * x + 1] + 0.114 * sum[3 * x + 2];
    return across.map(column => column.weights.reduce((all, weight, at) => all + weight * light[column.first + at], 0));
  });
  return isOpaque ? mean : null;
}

/* PDQ's measure of detail, 0 to 100; stripes in one direction alone are plain. */
function quality(mean) {
  let down = 0, across = 0;
  const step = (one, other) => Math.abs(Math.trunc((one - other) * 100 / 255));
  for (let row = 0; row < SIDE; row++)
    for (let x = 0; x < SIDE; x++) {
      if (row + 1 < SIDE) down += step(mean[row + 1][x], mean[row][x]);
      if (x + 1 < SIDE) across += step(mean[row][x + 1], mean[row][x]);
    }
  return down && across ? Math.min(100, Math.floor((down + across) / 90)) : 0;
}

function waves(mean) {
  const cosines = Array.from({ length: WAVES }, (_, wave) =>
    Float64Array.from({ length: SIDE }, (_, at) => Math.sqrt(2 / SIDE) * Math.cos(Math.PI / (2 * SIDE) * (wave + 1) * (2 * at + 1))));
  const part = cosines.map(down => Float64Array.from({ length: SIDE }, (_, x) => down.reduce((sum, of, row) => sum + of * mean[row][x], 0)));
  return part.map(row => cosines.map(across => across.reduce((sum, of, x) => sum + of * row[x], 0)));
}

/* The eight forms as hex, and the quality. A picture of fewer than five pixels to a side has none, nor has one that can be seen through. */
function pdq(read, width, height) {
  const mean = Math.min(width, height) < TOO_SMALL ? null : means(read, width, height);
  if (!mean) return { forms: [], quality: 0 };
  const all = waves(mean);
  return { forms: TURNS.map(turn => hex(bits(all, turn))), quality: quality(mean) };
}

/* 256 bits as 32 bytes, the last wave first. */
function bits(all, turn) {
  const places = Array.from({ length: WAVES * WAVES }, (_, at) => {
    const row = Math.floor(at / WAVES), column = at % WAVES;
    const isTurned = Boolean(turn & EVEN_ROWS && row % 2 === 0) !== Boolean(turn & EVEN_COLUMNS && column % 2 === 0);
    const value = turn & ACROSS ? all[column][row] : all[row][column];
    return isTurned ? -value : value;
  });
  const middle = [...places].sort((one, other) => one - other)[WAVES * WAVES / 2 - 1];
  const bytes = new Uint8Array(WAVES * WAVES / 8);
  places.forEach((value, at) => { if (value > middle) bytes[bytes.length - 1 - (at >> 3)] |= 1 << at % 8; });
  return bytes;
}

const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");

/* MD5 of bytes, which browsers do not have and lists are made of. Source: RFC 1321. */
function md5(bytes) {
  const shifts = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
  const sines = Array.from({ length: 64 }, (_, at) => Math.floor(Math.abs(Math.sin(at + 1)) * 2 ** 32) | 0);
  const held = new Uint8Array((bytes.length + 8 >> 6) + 1 << 6), view = new DataView(held.buffer);
  held.set(bytes);
  held[bytes.length] = 0x80;
  view.setUint32(held.length - 8, bytes.length << 3, true);
  view.setUint32(held.length - 4, Math.floor(bytes.length / 2 ** 29), true);
  let [a, b, c, d] = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let block = 0; block < held.length; block += 64) {
    const before = [a, b, c, d];
    for (let at = 0; at < 64; at++) {
      const round = at >> 4;
      const mixed = round === 0 ? b & c | ~b & d : round === 1 ? b & d | c & ~d : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
      const word = [at, 5 * at + 1, 3 * at + 5, 7 * at][round] % 16;
      const sum = a + mixed + sines[at] + view.getInt32(block + 4 * word, true) | 0, by = shifts[round][at % 4];
      [a, d, c, b] = [d, c, b, b + (sum << by | sum >>> 32 - by) | 0];
    }
    [a, b, c, d] = [a + before[0] | 0, b + before[1] | 0, c + before[2] | 0, d + before[3] | 0];
  }
  const out = new DataView(new ArrayBuffer(16));
  [a, b, c, d].forEach((value, at) => out.setInt32(4 * at, value, true));
  return new Uint8Array(out.buffer);
}

/* The exact hashes of a file as it is. */
async function digests(bytes) {
  const [sha1, sha256] = await Promise.all(["SHA-1", "SHA-256"].map(name => crypto.subtle.digest(name, bytes)));
  return { md5: hex(md5(bytes)), sha1: hex(new Uint8Array(sha1)), sha256: hex(new Uint8Array(sha256)) };
}

/* The same picture without what says how to turn or colour it, so that every browser shows the pixels as they are stored. */
function bare(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length > 4 && view.getUint16(0) === 0xffd8) return joined(jpegParts(bytes, view));
  if (bytes.length > 8 && view.getUint32(0) === 0x89504e47) return joined(pngParts(bytes, view));
  return bytes;
}

function* jpegParts(bytes, view) {
  let at = 2;
  yield bytes.subarray(0, at);
  /* Up to the scan. 0xe1 holds the turn, 0xe2 the colours. */
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const end = at + 2 + view.getUint16(at + 2);
    if (bytes[at + 1] !== 0xe1 && bytes[at + 1] !== 0xe2) yield bytes.subarray(at, end);
    at = end;
  }
  yield bytes.subarray(at);
}

function* pngParts(bytes, view) {
  let at = 8;
  yield bytes.subarray(0, at);
  while (at + 12 <= bytes.length) {
    const end = at + 12 + view.getUint32(at), name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!["iCCP", "sRGB", "gAMA", "cHRM", "cICP", "eXIf"].includes(name)) yield bytes.subarray(at, end);
    at = end;
  }
}

function joined(parts) {
  const held = [...parts], all = new Uint8Array(held.reduce((sum, part) => sum + part.length, 0));
  held.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

/* The hashes of a file. Throws where the browser cannot show it. */
async function hashed(bytes) {
  const picture = await createImageBitmap(new Blob([bare(bytes)]), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  try {
    const { width, height } = picture;
    return { ...pdq(reader(picture), width, height), width, height, ...await digests(bytes) };
  } finally {
    picture.close();
  }
}

/* Gives some rows of a picture as RGBA bytes. */
function reader(picture) {
  const canvas = document.createElement("canvas");
  return (top, rows) => {
    [canvas.width, canvas.height] = [picture.width, rows];
    const surface = canvas.getContext("2d", { willReadFrequently: true });
    surface.drawImage(picture, 0, -top);
    return surface.getImageData(0, 0, picture.width, rows).data;
  };
}

/* Whether the browser gives back the pixels that it was given. One that protects its reader from being recognised does not. */
function isTruthful() {
  const canvas = document.createElement("canvas"), card = new ImageData(64, 64);
  card.data.forEach((_, at) => card.data[at] = at % 4 === 3 ? 255 : at * 37 + (at >> 8) * 11 & 255);
  [canvas.width, canvas.height] = [64, 64];
  const surface = canvas.getContext("2d", { willReadFrequently: true });
  surface.putImageData(card, 0, 0);
  const seen = surface.getImageData(0, 0, 64, 64).data;
  return card.data.every((value, at) => value === seen[at]);
}

/* The form: shown where this can run; what was chosen never leaves the field, which has no name. */
function begin() {
  const by = id => document.getElementById(id), said = by("said");
  const say = what => { said.hidden = false; said.textContent = said.dataset[what]; };
  if (!isTruthful() || !self.crypto?.subtle) return say("hidden");
  by("f").hidden = false;
  by("file").addEventListener("change", async () => {
    /* While one picture is read another may be chosen: then nothing of the first may stand here. */
    const file = by("file").files[0], isOld = () => by("file").files[0] !== file;
    by("send").hidden = true;
    by("code").value = "";
    said.hidden = !file;
    if (!file) return;
    say("busy");
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (isOld()) return;
      const found = await hashed(bytes);
      if (isOld()) return;
      by("code").value = line(found, bytes.length);
      by("send").hidden = false;
      say(found.quality < PLAIN_BELOW ? "plain" : "ready");
    } catch {
      if (!isOld()) say("cannot");
    }
  });
}

/* As rules/pictures.py reads it. */
function line(found, size) {
  const parts = { width: found.width, height: found.height, size, quality: found.quality, md5: found.md5, sha1: found.sha1, sha256: found.sha256 };
  return [...Object.entries(parts), ...found.forms.map(form => ["pdq", form])].map(part => part.join(":")).join(" ");
}

begin();
