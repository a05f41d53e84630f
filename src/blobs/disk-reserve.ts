/** How much of a disk must stay free: below it nothing more is taken. Arithmetic alone; whoever looks at a disk asks here. */

/** Below this share of the disk nothing is taken: a full disk stops the database too. */
const RESERVED_PERCENT = 5n;
/** Of a large disk, 5 % are more than the database needs to stay alive: a registry on it would stop with 100 GB free. */
const RESERVED_AT_MOST = 2n ** 30n;

/** Both in bytes. */
export function reserveOf(disk: bigint): bigint {
  const share = (disk * RESERVED_PERCENT) / 100n;
  return share < RESERVED_AT_MOST ? share : RESERVED_AT_MOST;
}
