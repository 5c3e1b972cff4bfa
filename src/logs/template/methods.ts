/** The methods that values in templates have: those of times, of colours, of numbers of JSON. */
import { bytesOf } from '../line.ts';
import { decodeText } from './bytes.ts';
import { sprint, sprintln } from './format-value.ts';
import { dayNames, formatTime, monthNames, timeString } from './go-layout.ts';
import { civilAt, GoTime, zeroTime, type CivilTime } from './go-time.ts';
import { sprintf } from './printf.ts';
import { GoColor, GoError, GoFunction, GoInt, goInt, JsonNumber, stringIn, type GoValue } from './values.ts';
import { utc } from './zone.ts';

/** The method of that name, bound to the value; undefined when its type has none. */
export function methodOf(value: GoValue, name: string): GoFunction | undefined {
  if (value instanceof JsonNumber) return numberMethod(value, name);
  if (value instanceof GoColor) return colorMethod(value, name);
  if (value instanceof GoTime) return timeMethod(value, name) ?? calendarMethod(value, name);
  if (value instanceof GoInt && value.label !== undefined && name === 'String') return getter(name, () => value.label);
  return undefined;
}

function getter(name: string, get: () => GoValue): GoFunction {
  return new GoFunction(name, [], undefined, get);
}

function numberMethod({ text }: JsonNumber, name: string): GoFunction | undefined {
  switch (name) {
    case 'String':
      return getter(name, () => text);
    case 'Int64':
      return getter(name, () => {
        if (!/^-?\d+$/.test(text)) throw new GoError(`strconv.ParseInt: parsing "${text}": invalid syntax`);
        const value = BigInt(text);
        if (value !== BigInt.asIntN(64, value)) {
          throw new GoError(`strconv.ParseInt: parsing "${text}": value out of range`);
        }
        return new GoInt(value, 'int64');
      });
    case 'Float64':
      return getter(name, () => {
        const value = Number(text);
        if (Number.isFinite(value)) return value;
        throw new GoError(`strconv.ParseFloat: parsing "${text}": value out of range`);
      });
    default:
      return undefined;
  }
}

function colorMethod({ color }: GoColor, name: string): GoFunction | undefined {
  const plain = new GoFunction(name, [], 'interface {}', (given) => color.wrap(sprint(given)));
  const line = new GoFunction(name, [], 'interface {}', (given) => color.wrap(sprintln(given).replace(/\n$/, '')));
  const format = new GoFunction(name, ['string'], 'interface {}', ([text, ...given]) =>
    color.wrap(sprintf(stringIn(text), given)),
  );
  switch (name) {
    case 'Sprint':
      return plain;
    case 'Sprintf':
      return format;
    case 'Sprintln':
      return new GoFunction(name, [], 'interface {}', (given) => `${stringIn(line.call(given))}\n`);
    case 'SprintFunc':
      return getter(name, () => plain);
    case 'SprintfFunc':
      return getter(name, () => format);
    case 'SprintlnFunc':
      return getter(name, () => new GoFunction(name, [], 'interface {}', (given) => `${stringIn(line.call(given))}\n`));
    default:
      return undefined;
  }
}

function timeMethod(time: GoTime, name: string): GoFunction | undefined {
  const seconds = BigInt(time.seconds);
  const unix = (perSecond: bigint): GoFunction => {
    const rest = (BigInt(time.nanoseconds) * perSecond) / 1_000_000_000n;
    return getter(name, () => new GoInt(seconds * perSecond + rest, 'int64'));
  };
  const compared = (holds: (order: number) => boolean): GoFunction =>
    new GoFunction(name, ['time.Time'], undefined, ([other]) => other instanceof GoTime && holds(order(time, other)));
  switch (name) {
    case 'Format':
      return new GoFunction(name, ['string'], undefined, ([layout]) => {
        return bytesOf(formatTime(time, decodeText(stringIn(layout))));
      });
    case 'String':
      return getter(name, () => bytesOf(timeString(time)));
    case 'UTC':
      return getter(name, () => time.in(utc));
    case 'Unix':
      return unix(1n);
    case 'UnixMilli':
      return unix(1000n);
    case 'UnixMicro':
      return unix(1_000_000n);
    case 'UnixNano':
      return unix(1_000_000_000n);
    case 'IsZero':
      return getter(name, () => order(time, zeroTime) === 0);
    case 'Before':
      return compared((difference) => difference < 0);
    case 'After':
      return compared((difference) => difference > 0);
    case 'Equal':
      return compared((difference) => difference === 0);
    default:
      return undefined;
  }
}

function order(left: GoTime, right: GoTime): number {
  return left.seconds - right.seconds || left.nanoseconds - right.nanoseconds;
}

const calendar: Readonly<Record<string, (civil: CivilTime) => GoInt>> = {
  Year: ({ year }) => goInt(year),
  Month: ({ month }) => new GoInt(BigInt(month), 'time.Month', monthNames[month - 1]),
  Day: ({ day }) => goInt(day),
  YearDay: ({ yearDay }) => goInt(yearDay),
  Weekday: ({ weekday }) => new GoInt(BigInt(weekday), 'time.Weekday', dayNames[weekday]),
  Hour: ({ hour }) => goInt(hour),
  Minute: ({ minute }) => goInt(minute),
  Second: ({ second }) => goInt(second),
};

function calendarMethod(time: GoTime, name: string): GoFunction | undefined {
  if (name === 'Nanosecond') return getter(name, () => goInt(time.nanoseconds));
  const read = Object.hasOwn(calendar, name) ? calendar[name] : undefined;
  return read && getter(name, () => read(civilAt(time.seconds + time.zone.at(time.seconds).offset)));
}
