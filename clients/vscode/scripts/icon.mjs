/** Draw `images/icon.png`: the cell of `images/jobs.svg`, as the list of extensions shows it. */

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { crc32, deflateSync } from "node:zlib";

const SIZE = 128;
const BACKGROUND = [22, 48, 74, 255];
const EDGE = [150, 196, 232, 255];
const ATOM = [255, 214, 92, 255];
const CORNER = 22;
const EDGE_WIDTH = 3;
const ATOM_RADIUS = 9;

// Of the drawing, 24 units wide.
const ATOMS = [
  [12, 3],
  [4, 7.5],
  [20, 7.5],
  [4, 16.5],
  [20, 16.5],
  [12, 21],
  [12, 12],
].map(([x, y]) => [16 + x * 4, 16 + y * 4]);
const EDGES = [
  [0, 1],
  [1, 3],
  [3, 5],
  [5, 4],
  [4, 2],
  [2, 0],
  [1, 6],
  [2, 6],
  [6, 5],
];

/** Return how far a point is from the line between two atoms. */
function fromEdge(x, y, [a, b]) {
  const [[ax, ay], [bx, by]] = [ATOMS[a], ATOMS[b]];
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** Return how far a point is outside of the rounded square. */
function fromSquare(x, y) {
  const half = SIZE / 2;
  const reach = (value) => Math.max(Math.abs(value - half) - half + CORNER, 0);
  return Math.hypot(reach(x), reach(y)) - CORNER;
}

const covered = (distance) => Math.min(1, Math.max(0, 0.5 - distance));
const over = (below, above, share) =>
  below.map((value, channel) => value + (above[channel] - value) * share);

function pixel(x, y) {
  let colour = over(
    [...BACKGROUND.slice(0, 3), 0],
    BACKGROUND,
    covered(fromSquare(x, y)),
  );
  const edge = Math.min(...EDGES.map((one) => fromEdge(x, y, one))) - EDGE_WIDTH / 2;
  colour = over(colour, EDGE, covered(edge));
  const atom = Math.min(...ATOMS.map(([ax, ay]) => Math.hypot(x - ax, y - ay)));
  return over(colour, ATOM, covered(atom - ATOM_RADIUS)).map(Math.round);
}

function rows() {
  const bytes = [];
  for (let y = 0; y < SIZE; y++) {
    bytes.push(0); // no filter
    for (let x = 0; x < SIZE; x++) {
      bytes.push(...pixel(x + 0.5, y + 0.5));
    }
  }
  return Buffer.from(bytes);
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function png() {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0);
  header.writeUInt32BE(SIZE, 4);
  header.set([8, 6, 0, 0, 0], 8); // 8 bits a channel, RGBA
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows(), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

writeFileSync(resolve(import.meta.dirname, "..", "images", "icon.png"), png());
