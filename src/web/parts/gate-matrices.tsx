/** W, R, biases and peepholes of one direction, gate by gate, drawn to one scale: an area is a number of params. */
import { grouped } from './number.js';

interface GateMatricesProps {
  gates: readonly string[];
  m: number;
  n: number;
  D: number;
  /** Bias vectors per gate, 0 to 2. */
  biases: number;
  peepholes: boolean;
  /** Width of R, n or the projection. */
  output?: number;
}

const WIDTH = 560;
const GATE_HEIGHT_MAX = 110;
const GAP = 3;
const PEEPHOLE_GATES = ['i', 'o', 'f'];
/** A vector is as thin as one column of n; thinner than this it could not be seen, and is drawn so and said so. */
const THINNEST = 1.5;

export function GateMatrices({ gates, m, n, D, biases, peepholes, output = n }: GateMatricesProps) {
  const columns = m + output + biases + (peepholes ? 1 : 0);
  // One scale for both ways: a square is a square.
  const scale = Math.min((WIDTH - 40) / columns, GATE_HEIGHT_MAX / n);
  const height = Math.max(n * scale, 14);
  const thin = (value: number): number => Math.max(value * scale, THINNEST);
  const parts = [
    { name: 'W', width: thin(m), colour: 1, says: `W ${grouped(n)} × ${grouped(m)}` },
    { name: 'R', width: thin(output), colour: 2, says: `R ${grouped(n)} × ${grouped(output)}` },
    ...(biases > 0
      ? [{ name: 'b', width: thin(biases), colour: 3, says: `${biases} bias vectors of ${grouped(n)}` }]
      : []),
  ];
  const starts = parts.map((_, index) => 24 + parts.slice(0, index).reduce((sum, part) => sum + part.width + GAP, 0));
  const end = 24 + parts.reduce((sum, part) => sum + part.width + GAP, 0);
  const peephole = thin(1);
  const total = gates.length * (height + GAP);
  const label = `${gates.length} gates, each with ${parts.map(({ says }) => says).join(', ')}${peepholes ? ', and peepholes' : ''}`;
  return (
    <figure className="gates">
      <svg viewBox={`0 0 ${WIDTH} ${total}`} role="img" aria-label={label}>
        <title>{label}</title>
        {gates.map((gate, row) => (
          <g key={gate} transform={`translate(0 ${row * (height + GAP)})`}>
            <text x="0" y={height / 2 + 5}>
              {gate}
            </text>
            {parts.map(({ name, width, colour, says }, index) => (
              <rect key={name} className={`c-${colour}`} x={starts[index]} y="0" width={width} height={height}>
                <title>{`gate ${gate}: ${says}`}</title>
              </rect>
            ))}
            {peepholes && PEEPHOLE_GATES.includes(gate) ? (
              <rect className="c-4" x={end} y="0" width={peephole} height={height}>
                <title>{`gate ${gate}: peephole vector of ${grouped(n)}`}</title>
              </rect>
            ) : null}
          </g>
        ))}
      </svg>
      <figcaption className="legend">
        <Key colour={1} text={`W: ${grouped(n)} × ${grouped(m)} a gate`} />
        <Key colour={2} text={`R: ${grouped(n)} × ${grouped(output)} a gate`} />
        {biases > 0 ? <Key colour={3} text={`B: ${biases} × ${grouped(n)} a gate`} /> : null}
        {peepholes ? <Key colour={4} text={`P: ${grouped(n)} for i, o and f`} /> : null}
        {D === 2 ? <span>drawn for one of 2 directions</span> : null}
      </figcaption>
    </figure>
  );
}

function Key({ colour, text }: { colour: number; text: string }) {
  return (
    <span className="key">
      <svg className={`swatch c-${colour}`} width="12" height="12" aria-hidden="true">
        <rect width="12" height="12" rx="3" />
      </svg>
      {text}
    </span>
  );
}
