/** W, R, biases and peepholes of one direction, gate by gate, drawn to one scale: an area is a number of params. */
import { PEEPHOLE_GATES } from '../../../core/layer/formula.js';
import { grouped } from '../figures/number.js';
import { Swatch, type Colour } from '../figures/swatch.js';

interface GateMatricesProps {
  gates: readonly string[];
  m: number;
  n: number;
  D: number;
  /** Bias vectors per gate, 0 to 2. */
  biases: number;
  peepholes: boolean;
  /** p, the width of R where there is a projection; its own matrix, p × n, stands below the gates. */
  projection?: number | undefined;
}

const WIDTH = 640;
const HEIGHT = 300;
/** Between the matrices of a gate, and between gates. */
const GAP = 3;
const GATE_GAP = 18;
const ROW_GAP = 8;
const NAME_HEIGHT = 18;
/** A vector is as thin as one column of n; thinner than this it could not be seen. */
const THINNEST = 1.5;

export function GateMatrices({ gates, m, n, D, biases, peepholes, projection }: GateMatricesProps) {
  const output = projection ?? n;
  const all: { name: string; columns: number; colour: Colour; says: string }[] = [
    { name: 'W', columns: m, colour: 'W', says: `${grouped(n)} × ${grouped(m)}` },
    { name: 'R', columns: output, colour: 'R', says: `${grouped(n)} × ${grouped(output)}` },
    { name: 'B', columns: biases, colour: 'B', says: `${biases} × ${grouped(n)}` },
    { name: 'P', columns: peepholes ? 1 : 0, colour: 'P', says: `${grouped(n)} for ${PEEPHOLE_GATES.join(', ')}` },
  ];
  const matrices = all.filter(({ columns }) => columns > 0);
  const { across, scale } = arrangement(gates.length, matrices, n);
  const long = (value: number): number => Math.max(value * scale, THINNEST);
  const widths = matrices.map(({ columns }) => long(columns));
  const starts = widths.map((_, index) => widths.slice(0, index).reduce((sum, width) => sum + width + GAP, 0));
  const [gateWidth, gateHeight] = [widths.reduce((sum, width) => sum + width + GAP, 0), long(n)];
  const gatesEnd = Math.ceil(gates.length / across) * (gateHeight + NAME_HEIGHT + ROW_GAP);
  const height = gatesEnd + (projection === undefined ? 0 : NAME_HEIGHT + long(projection));
  const width = Math.max(across * (gateWidth + GATE_GAP) - GATE_GAP, projection === undefined ? 0 : long(n), 90);
  const label = [
    `${gates.length} gates, each with ${matrices.map(({ name, says }) => `${name} ${says}`).join(', ')}`,
    ...(projection === undefined ? [] : [`a projection of ${grouped(projection)} × ${grouped(n)}`]),
  ].join(', and ');
  return (
    <figure className="gates">
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        <title>{label}</title>
        {gates.map((gate, index) => (
          <g
            key={gate}
            transform={`translate(${(index % across) * (gateWidth + GATE_GAP)} ${Math.floor(index / across) * (gateHeight + NAME_HEIGHT + ROW_GAP)})`}
          >
            <text y="12">{gate}</text>
            {matrices.map(({ name, colour, says }, matrix) =>
              name === 'P' && !PEEPHOLE_GATES.includes(gate) ? null : (
                <rect
                  key={name}
                  className={`c-${colour}`}
                  x={starts[matrix]}
                  y={NAME_HEIGHT}
                  width={widths[matrix]}
                  height={gateHeight}
                >
                  <title>{`gate ${gate}, ${name}: ${says}`}</title>
                </rect>
              ),
            )}
          </g>
        ))}
        {projection === undefined ? null : (
          <>
            <text y={gatesEnd + 12}>projection</text>
            <rect className="c-5" y={gatesEnd + NAME_HEIGHT} width={long(n)} height={long(projection)} />
          </>
        )}
      </svg>
      <figcaption className="legend">
        {matrices.map(({ name, colour, says }) => (
          <span key={name}>
            <Swatch colour={colour} />
            {name}: {says} {name === 'P' ? '' : 'a gate'}
          </span>
        ))}
        {projection === undefined ? null : (
          <span>
            <Swatch colour={5} />
            projection: {grouped(projection)} × {grouped(n)}
          </span>
        )}
        {D === 2 ? <span>drawn for one of 2 directions</span> : null}
      </figcaption>
    </figure>
  );
}

/** Gates side by side or below each other, as they become largest. One scale for both ways: a square is a square. */
function arrangement(gates: number, matrices: readonly { columns: number }[], n: number) {
  const columns = matrices.reduce((sum, matrix) => sum + matrix.columns, 0);
  const choices = [1, 2, gates].map((across) => {
    const gaps = across * (GATE_GAP + matrices.length * GAP);
    const down = Math.ceil(gates / across);
    return {
      across,
      scale: Math.min((WIDTH - gaps) / (across * columns), (HEIGHT - down * (NAME_HEIGHT + ROW_GAP)) / (down * n)),
    };
  });
  return choices.reduce((best, one) => (one.scale > best.scale ? one : best));
}
