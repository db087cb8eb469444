// ---- the circuit: gates in the AIGER format, run for up to 32 people at once, a bit for each ----

function readCircuit(bytes) {
  let at = 0;
  const line = () => {
    let text = "";
    while (bytes[at] !== 10) {
      if (at >= bytes.length) throw new Error("the circuit ends early");
      text += String.fromCharCode(bytes[at++]);
    }
    at += 1;
    return text;
  };
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length) throw new Error("the circuit ends early");
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const [, most, inputs, , outputs, ands] = line().split(" ").map(Number);
  const results = Int32Array.from({ length: outputs }, () => Number(line()));
  const one = new Int32Array(ands);
  const other = new Int32Array(ands);
  for (let gate = 0; gate < ands; gate++) {
    one[gate] = 2 * (inputs + gate + 1) - number();
    other[gate] = one[gate] - number();
  }
  return { inputs, one, other, results, values: new Int32Array(most + 1) };
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

function checksum(bytes) {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return (sum ^ -1) >>> 0;
}

// Judges made-up people, whose answers are bits out of a row of numbers, and folds all their results into one number.
function selfTest(circuit, seed) {
  const inputs = new Int32Array(circuit.inputs);
  let state = seed;
  for (let at = 0; at < inputs.length; at++) {
    let bits = -1;
    for (let thinner = 0; thinner < 2; thinner++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      bits &= state;
    }
    inputs[at] = bits;
  }
  return runCircuit(circuit, inputs).reduce((sum, bits) => (Math.imul(sum, 31) + bits) | 0, 0);
}
