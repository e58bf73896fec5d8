import { ATTENTION, dashboard, GOOD, laid, lines, occurring, PERMITTED, stat, steps, table, UNSEEN, UP_OR_DOWN, WAITING } from "./kit.js";

const none = steps(GOOD, [1, ATTENTION]);

export const fleet = dashboard("doorwatch-fleet", "Fleet overview 全部网关",
  "Which of many gateways needs somebody. A quiet fleet shows nothing red.", laid(
  ["Now 现在",
    stat({ title: "Gateways 网关", says: "Known to Prometheus.", wide: 4, queries: [{ expr: `count(up{job="doorwatch"})` }] }),
    stat({ title: "Down 掉线", says: "Not reached. Runbook GatewayDown.", wide: 4, steps: none, queries: [{ expr: `count(up{job="doorwatch"} == 0) or vector(0)` }] }),
    stat({ title: "Deaf 听不见", says: "A radio or the broker is gone.", wide: 4, steps: none, queries: [{ expr: `count(min by (instance) ({__name__=~"doorwatch_radio_up|doorwatch_broker_up"}) == 0) or vector(0)` }] }),
    stat({ title: "Mute 发不出", says: "A provider refuses.", wide: 4, steps: none, queries: [{ expr: `count(min by (instance) (doorwatch_provider_up) == 0) or vector(0)` }] }),
    stat({ title: "Clock unverified 时钟未校验", says: "They alert every opening as \"time unverified\".", wide: 4, steps: none, queries: [{ expr: `count(doorwatch_clock_verified == 0) or vector(0)` }] }),
    stat({ title: "Incidents open 未了的事件", says: "Over all gateways.", wide: 4, steps: steps(GOOD, [1, WAITING]), queries: [{ expr: `sum(doorwatch_incidents_open)` }] }),
  ],
  ["Each 每一台",
    table({ title: "Gateways 网关", says: "Sort by a column; the other dashboards show one of them.", high: 12, hide: ["version"], queries: [
      { expr: `max by (instance) (up{job="doorwatch"})` },
      { expr: `sum by (instance) (doorwatch_incidents_open)` },
      { expr: `sum by (instance) (doorwatch_sensors{state!="heard"})` },
      { expr: `max by (instance) (doorwatch_outbox_pending)` },
      { expr: `max by (instance) (time() - doorwatch_heartbeat_timestamp_seconds)` },
      { expr: `max by (instance) (1 - doorwatch_disk_free_bytes / doorwatch_disk_size_bytes)` },
    ], names: { instance: "Gateway 网关", "Value #A": "Up 在线", "Value #B": "Incidents 事件", "Value #C": "Silent 失联", "Value #D": "Outbox 待发", "Value #E": "Heartbeat 心跳", "Value #F": "Disk 磁盘" }, columns: {
      "Up 在线": { words: UP_OR_DOWN },
      "Incidents 事件": { steps: steps(GOOD, [1, WAITING]) },
      "Silent 失联": { steps: steps(GOOD, [1, UNSEEN]) },
      "Outbox 待发": { steps: steps(GOOD, [5, WAITING], [20, ATTENTION]) },
      "Heartbeat 心跳": { unit: "s", steps: steps(GOOD, [60, WAITING], [120, ATTENTION]) },
      "Disk 磁盘": { unit: "percentunit", steps: steps(GOOD, [0.8, WAITING], [0.9, ATTENTION]) },
    } }),
  ],
  ["Over time 趋势",
    lines({ title: "Incidents 事件", says: "Raised, over all gateways, by kind.", bars: true, queries: [{ expr: occurring("kind", "doorwatch_incidents_total"), legend: "{{kind}}" }] }),
    lines({ title: "Alerts delivered and failed 送达与失败", says: "Over all gateways.", bars: true, colours: { delivered: GOOD, answered: PERMITTED, failed: ATTENTION, no_answer: WAITING }, queries: [{ expr: `sum by (status) (increase(doorwatch_alerts_total{status=~"delivered|answered|failed|no_answer"}[$__rate_interval]))`, legend: "{{status}}" }] }),
    lines({ title: "Coverage 看得见的比例", says: "Share of isolation that was observed, by gateway.", unit: "percentunit", max: 1, steps: steps(UNSEEN), queries: [{ expr: `sum by (instance) (rate(doorwatch_coverage_seconds_total{state="observed"}[$__rate_interval])) / (sum by (instance) (rate(doorwatch_coverage_seconds_total[$__rate_interval])) > 0)`, legend: "{{instance}}" }] }),
    lines({ title: "Versions 版本", says: "How many gateways run which.", stacked: true, queries: [{ expr: `count by (version) (doorwatch_build_info)`, legend: "{{version}}" }] }),
  ]), { one: false });
