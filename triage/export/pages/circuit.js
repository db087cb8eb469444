// ---- the circuit: gates of an AIGER file, run for up to 32 people at once, a bit for each ----

// The wiring stands on the first line. Behind it the numbers: the larger part of each gate (by how far it lies before
// it, if it is a gate), how far the other part lies before that, and the outputs; first all low bytes, then the higher ones.
function openCircuit(bytes) {
  const end = bytes.indexOf(10);
  const wiring = JSON.parse(bytes.subarray(0, end).reduce((text, byte) => text + String.fromCharCode(byte), ""));
  const planes = bytes.subarray(end + 1);
  const [inputs, outputs, ands] = wiring.sizes;
  const first = 2 * inputs + 2;
  const count = 2 * ands + outputs;
  if (planes.length !== 3 * count) throw new Error("the circuit is not whole");
  const numbers = (length, offset) => Int32Array.from({ length }, (_, at) =>
    planes[offset + at] | (planes[offset + at + count] << 8) | (planes[offset + at + 2 * count] << 16));
  const one = numbers(ands, 0).map((number, at) => (number < first ? number : 2 * first + 2 * at - number));
  return {
    wiring,
    inputs,
    one,
    other: numbers(ands, ands).map((number, at) => one[at] - number),
    results: numbers(outputs, 2 * ands),
    values: new Int32Array(inputs + ands + 1),
  };
}

function runCircuit(circuit, inputs) {
  const { one, other, values } = circuit;
  values.fill(0);
  values.set(inputs, 1);
  const value = (literal) => values[literal >> 1] ^ -(literal & 1);
  for (let gate = 0, at = circuit.inputs + 1; gate < one.length; gate++, at++)
    values[at] = value(one[gate]) & value(other[gate]);
  return circuit.results.map(value);
}

// ---- whether bytes and device can be trusted ----

// The checksum of ZIP files (CRC-32): any one byte that differs gives another.
function checksum(bytes) {
  const table = Int32Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = (byte >>> 1) ^ (0xedb88320 & -(byte & 1));
    return byte;
  });
  let sum = -1;
  for (let at = 0; at < bytes.length; at++) sum = table[(sum ^ bytes[at]) & 255] ^ (sum >>> 8);
  return (sum ^ -1) >>> 0;
}

// Judges rounds of 32 made-up people, who say ever less, and folds all that comes of it into one number.
function selfTest(circuit, { seed, rounds }) {
  const inputs = new Int32Array(circuit.inputs);
  let state = seed;
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < inputs.length; at++) {
      let bits = -1;
      for (let thinner = 0; thinner <= round % 5; thinner++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        bits &= state;
      }
      inputs[at] = bits;
    }
    sum = runCircuit(circuit, inputs).reduce((total, bits) => (Math.imul(total, 31) + bits) | 0, sum);
  }
  return sum;
}
