/** The rows of services and of the addresses behind them. */
import type { V1Endpoints, V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import type { Wire } from '../../../cluster/wire.ts';
import { age, atMostThree, labels } from './format.ts';
import { columns, type Printer } from './printer.ts';

/** By plural; each follows its `print…` function in pkg/printers/internalversion/printers.go. */
export const networkPrinters: Readonly<Record<string, Printer>> = {
  services: {
    columns: columns('Name, Type, Cluster-IP, External-IP, Port(s), Age, Selector*'),
    cells(object, nowMs) {
      const service = object as unknown as Wire<V1Service>;
      return [
        object.metadata.name,
        service.spec?.type ?? '',
        service.spec?.clusterIPs?.[0] ?? '<none>',
        externalAddress(service),
        ports(service),
        age(object, nowMs),
        labels(service.spec?.selector),
      ];
    },
  },
  endpoints: {
    columns: columns('Name, Endpoints, Age'),
    cells(object, nowMs) {
      const addresses = ((object as unknown as Wire<V1Endpoints>).subsets ?? []).flatMap((subset) => {
        const ips = (subset.addresses ?? []).map(({ ip }) => ip);
        if ((subset.ports ?? []).length === 0) return ips;
        return (subset.ports ?? []).flatMap(({ port }) => ips.map((ip) => hostPort(ip, port)));
      });
      return [object.metadata.name, atMostThree(addresses, '<none>'), age(object, nowMs)];
    },
  },
  endpointslices: {
    columns: columns('Name, AddressType, Ports, Endpoints, Age'),
    cells(object, nowMs) {
      const slice = object as unknown as Wire<V1EndpointSlice>;
      const numbers = (slice.ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port)));
      const addresses = (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses);
      return [
        object.metadata.name,
        slice.addressType,
        atMostThree(numbers, '<unset>'),
        atMostThree(addresses, '<unset>'),
        age(object, nowMs),
      ];
    },
  },
};

function externalAddress({ spec, status }: Wire<V1Service>): string {
  const own = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return own.length === 0 ? '<none>' : own.join(',');
    case 'LoadBalancer': {
      const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '');
      const all = [...new Set(ingress.filter((address) => address !== ''))].toSorted().concat(own);
      return all.length === 0 ? '<pending>' : all.join(',');
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function ports({ spec }: Wire<V1Service>): string {
  const pieces = (spec?.ports ?? []).map(({ port, nodePort, protocol }) => {
    const node = nodePort === undefined || nodePort === 0 ? '' : `:${String(nodePort)}`;
    return `${String(port)}${node}/${protocol ?? ''}`;
  });
  return pieces.length === 0 ? '<none>' : pieces.join(',');
}

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${String(port)}` : `${ip}:${String(port)}`;
}
