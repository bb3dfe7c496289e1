/** A GPU node of the kernel's compute topology, `/sys/class/kfd/kfd/topology/nodes/N/properties`. */
export interface KfdNode {
  readonly node: number;
  /** Four lower-case hex digits; undefined when the kernel does not tell. */
  readonly deviceId: string | undefined;
  readonly gfx: string | undefined;
  readonly domain: number;
  /** bus·256 + device·8 + function; the function of a compute partition is its number on the card. */
  readonly location: number;
  readonly renderMinor: number | undefined;
  /** Unsigned 64 bits, beyond what a number holds; the partitions of one card share it. */
  readonly uniqueId: bigint | undefined;
  readonly xccCount: number | undefined;
  readonly memoryBankCount: number;
  /** 0 on recent kernels, which describe memory in banks only. */
  readonly localMemoryBytes: number;
}

/** Parses `key value` lines; lines of another shape are ignored. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    if (at > 0) properties.set(line.slice(0, at), line.slice(at + 1).trim());
  }
  return properties;
}

/** Parses a node's properties; undefined when the node is no GPU (a CPU node has no SIMD and no gfx version). */
export function parseKfdNode(node: number, text: string): KfdNode | undefined {
  const properties = parseProperties(text);
  const read = (key: string): number | undefined => parseCount(properties.get(key));
  const gfxVersion = read('gfx_target_version') ?? 0;
  if ((read('simd_count') ?? 0) === 0 && gfxVersion === 0) return undefined;
  const deviceId = read('device_id') ?? 0;
  const renderMinor = read('drm_render_minor') ?? 0;
  const uniqueId = properties.get('unique_id');
  return {
    node,
    deviceId: deviceId > 0 ? deviceId.toString(16).padStart(4, '0') : undefined,
    gfx: gfxVersion > 0 ? renderGfx(gfxVersion) : undefined,
    domain: read('domain') ?? 0,
    location: read('location_id') ?? 0,
    renderMinor: renderMinor > 0 ? renderMinor : undefined,
    uniqueId: uniqueId !== undefined && /^[1-9]\d*$/.test(uniqueId) ? BigInt(uniqueId) : undefined,
    xccCount: read('num_xcc'),
    memoryBankCount: read('mem_banks_count') ?? 1,
    localMemoryBytes: read('local_mem_size') ?? 0,
  };
}

/** Bytes of a memory bank that is the GPU's own (heap types 1 and 2), else 0. */
export function parseGpuBankBytes(text: string): number {
  const properties = parseProperties(text);
  const heap = properties.get('heap_type');
  return heap === '1' || heap === '2' ? (parseCount(properties.get('size_in_bytes')) ?? 0) : 0;
}

/** `0000:05:00.0` */
export function renderBdf(domain: number, location: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return `${hex(domain, 4)}:${hex(location >> 8, 2)}:${hex((location >> 3) & 31, 2)}.${location & 7}`;
}

/** Order of the bus: domain, then location, then node. */
export function compareByBus(a: KfdNode, b: KfdNode): number {
  return a.domain - b.domain || a.location - b.location || a.node - b.node;
}

// The kernel packs major·10000 + minor·100 + step; the name has minor and step in hexadecimal: 90010 is gfx90a.
function renderGfx(version: number): string {
  const minor = Math.floor(version / 100) % 100;
  return `gfx${Math.floor(version / 10000)}${minor.toString(16)}${(version % 100).toString(16)}`;
}

function parseCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
