import { ATTENTION, bars, dashboard, GOOD, laid, lines, occurring, PERMITTED, stat, steps, table, UNSEEN, WAITING } from "./kit.js";

const G = `instance=~"$gateway"`;
const needs = steps(GOOD, [1, ATTENTION]);

export const doors = dashboard("doorwatch-doors", "Doors and incidents 门与事件",
  "What the doors said, what came of it, and how much nobody saw.", laid(
  ["Now 现在",
    stat({ title: "Open incidents 未了的事件", says: "Somebody must look at each. Who has it is on the gateway's own page.", wide: 4, steps: needs, queries: [{ expr: `sum(doorwatch_incidents_open{${G}})` }] }),
    stat({ title: "At doors 门上的事", says: "Unauthorised, held open, overrun, repeated, inferred.", wide: 5, steps: needs, queries: [{ expr: `sum(doorwatch_incidents_open{${G},kind=~"unauthorised_opening|held_open|window_overrun|repeated_opening|inferred_opening|mass_opening"})` }] }),
    stat({ title: "Without an alert 没发出的", says: "Incidents that are owed an alert and have none: always 0. If not, the runbook IncidentsUnsent.", wide: 5, steps: needs, queries: [{ expr: `sum(doorwatch_incidents_unsent{${G}})` }] }),
    stat({ title: "Sensors heard 听得见的门磁", says: "Within their supervision interval.", wide: 5, steps: steps(GOOD), queries: [{ expr: `sum(doorwatch_sensors{${G},state="heard"})` }] }),
    stat({ title: "Sensors silent 失联的门磁", says: "Not seen is not compliant.", wide: 5, steps: steps(GOOD, [1, UNSEEN]), queries: [{ expr: `sum(doorwatch_sensors{${G},state!="heard"})` }] }),
  ],
  ["What happened 发生了什么",
    lines({ title: "Incidents by kind 事件（按类型）", says: "Raised in each interval, drills apart.", bars: true, queries: [{ expr: occurring("kind", `doorwatch_incidents_total{${G}}`), legend: "{{kind}}" }] }),
    lines({ title: "Incidents by severity 事件（按轻重）", says: "Critical ones call at once.", bars: true, colours: { critical: ATTENTION, high: WAITING, medium: PERMITTED, low: UNSEEN }, queries: [{ expr: `sum by (severity) (increase(doorwatch_incidents_total{${G}}[$__rate_interval]))`, legend: "{{severity}}" }] }),
    lines({ title: "Readings 读数", says: "What was heard, by source and protocol. A line that falls to zero is a receiver that died.", unit: "cps", queries: [{ expr: occurring("source, protocol", `doorwatch_readings_total{${G}}`, "rate"), legend: "{{source}} {{protocol}}" }] }),
    lines({ title: "Not usable 用不了的", says: "Wrong key, replay, malformed ...: by reason.", unit: "cps", soft: 1, queries: [{ expr: `sum by (reason) (rate(doorwatch_readings_rejected_total{${G}}[$__rate_interval]))`, legend: "{{reason}}" }] }),
  ],
  ["What nobody saw 看不见的时间",
    bars({ title: "Coverage over the time shown 看得见的比例", says: "Share of the households' isolation that was observed, and why not the rest. Together 100 %.", unit: "percentunit", max: 1, min: 0, decimals: 1, steps: steps(PERMITTED), queries: [{ expr: `sort_desc(sum by (state) (increase(doorwatch_coverage_seconds_total{${G}}[$__range])) / scalar(sum(increase(doorwatch_coverage_seconds_total{${G}}[$__range])) > 0 or vector(1)))`, legend: "{{state}}" }] }),
    lines({ title: "Sensors by state 门磁状态", says: "Heard, silent, never heard.", stacked: true, colours: { heard: GOOD, silent: UNSEEN, never: WAITING }, queries: [{ expr: `sum by (state) (doorwatch_sensors{${G}})`, legend: "{{state}}" }] }),
    table({ title: "Longest unheard 最久没听到的", says: "Seconds since each sensor was last heard.", wide: 12, unit: "s", queries: [{ expr: `topk(20, time() - (doorwatch_sensor_last_seen_timestamp_seconds{${G}} > 0))` }], names: { instance: "Gateway 网关", sensor_id: "Sensor 门磁", grid_id: "Grid 网格", Value: "Silent for 已静默" } }),
    table({ title: "Lowest batteries 电量最低的", says: "Change those below 15 %.", wide: 12, unit: "percentunit", columns: { "Battery 电量": { steps: steps(ATTENTION, [0.15, WAITING], [0.25, GOOD]) } }, queries: [{ expr: `bottomk(20, doorwatch_sensor_battery_ratio{${G}})` }], names: { instance: "Gateway 网关", sensor_id: "Sensor 门磁", grid_id: "Grid 网格", Value: "Battery 电量" } }),
  ]));
