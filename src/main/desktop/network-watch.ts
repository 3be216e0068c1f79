import type { NetworkInterfaceInfo } from 'node:os'

/** The network as the system tells of it. */
export interface Network {
  readonly online: boolean
  readonly interfaces: NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address' | 'internal'>[]>
}

/** @returns a look at the network: whether it is a different one since the last look, and one that leads anywhere */
export function createNetworkWatch(read: () => Network): () => boolean {
  let before = describe(read())
  return () => {
    const network = read()
    const now = describe(network)
    const isNew = now !== before
    before = now
    return isNew && network.online
  }
}

function describe({ online, interfaces }: Network): string {
  const outward = Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    // Link-local ones come and go with every container and tunnel.
    addresses.filter(({ internal, address }) => !internal && !address.startsWith('fe80:')).map(({ address }) => `${name} ${address}`),
  )
  return [online, ...outward.sort()].join('\n')
}
