// What all dashboards are made of. Every panel's options and fields are checked against Grafana's own
// types (`satisfies`): an unknown key or a wrong type does not compile.
import {
  BarGaugeDisplayMode, BarGaugeNamePlacement, BarGaugeSizing, BarGaugeValueMode,
  BigValueColorMode, BigValueGraphMode, BigValueJustifyMode, BigValueTextMode, PercentChangeColorMode,
  FieldColorModeId, GraphDrawStyle, GraphGradientMode, LegendDisplayMode, LineInterpolation, MappingType,
  ScaleDistribution, SortOrder, StackingMode, TableCellDisplayMode, TableCellHeight, ThresholdsMode, TooltipDisplayMode,
  VariableHide, VariableRefresh, VariableSort, VisibilityMode, VizOrientation,
} from "@grafana/schema";
import type { Dashboard, DataSourceRef, FieldConfig, FieldConfigSource, Panel, RowPanel, TableCellOptions, Threshold, ValueMapping, VariableModel } from "@grafana/schema";
import type { Options as StatOptions } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type { Options as BarOptions } from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type { Options as TableOptions } from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type { Options as LineOptions, FieldConfig as LineField } from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";
import type { Options as TimelineOptions, FieldConfig as TimelineField } from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";

/** How often in each interval, for those label values that occurred at all in the time shown. */
export const occurring = (labels: string, metric: string, how: "increase" | "rate" = "increase"): string =>
  `sum by (${labels}) (${how}(${metric}[$__rate_interval])) and sum by (${labels}) (increase(${metric}[$__range])) > 0`;

/** What is said instead of a number. */
export type Words = ValueMapping[];
type Overrides = FieldConfigSource["overrides"];

/** One query. `instant`: only how it stands at the end of the time shown. */
export interface Query { expr: string; legend?: string; instant?: boolean; table?: boolean }
interface Target { refId: string; expr: string; legendFormat: string; instant: boolean; range: boolean; format: "time_series" | "table"; datasource: DataSourceRef }

/** What every panel says of itself; `says` is what to do with what it shows. */
export interface About { title: string; says: string; unit?: string; wide?: number; high?: number; queries: Query[]; steps?: Threshold[]; min?: number; max?: number; decimals?: number; none?: string; words?: Words }

type Column = Pick<About, "unit" | "steps" | "words">;
export type Made = Omit<Panel, "gridPos" | "id"> & { wide: number; high: number };

const SOURCE: DataSourceRef = { type: "prometheus", uid: "${datasource}" };
export const GOOD = "#2d6a55", WAITING = "#e0a100", ATTENTION = "#c8361d", PERMITTED = "#1f56a8", UNSEEN = "#7a8480";

/** From a value on it is that colour. */
export const steps = (base: string, ...rest: [number, string][]): Threshold[] =>
  [{ value: null as unknown as number, color: base }, ...rest.map(([value, color]) => ({ value, color }))];

const said = (words: Record<string, [text: string, color: string]>): Words =>
  [{ type: MappingType.ValueToText, options: Object.fromEntries(Object.entries(words).map(([value, [text, color]]) => [value, { text, color }])) }];
export const UP_OR_DOWN = said({ 0: ["down 断", ATTENTION], 1: ["up 正常", GOOD] });
/** Said of that value and all above. */
export const from = (value: number, text: string, color: string): Words =>
  [{ type: MappingType.RangeToText, options: { from: value, to: null, result: { text, color } } }];

/** By the name of a series. */
const coloured = (colours: Record<string, string> = {}): Overrides => Object.entries(colours).map(([name, fixedColor]) => (
  { matcher: { id: "byName", options: name }, properties: [{ id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor } }] }));

const targets = (queries: Query[]): Record<string, unknown>[] => queries.map((query, i): Record<string, unknown> => {
  const target = {
    refId: String.fromCharCode(65 + i), expr: query.expr, legendFormat: query.legend ?? "__auto",
    instant: query.instant ?? false, range: !(query.instant ?? false),
    format: query.table ? "table" : "time_series", datasource: SOURCE,
  } satisfies Target;
  return { ...target };
});

const field = (about: About, custom?: Record<string, unknown>): FieldConfig => ({
  unit: about.unit ?? "short", min: about.min, max: about.max, decimals: about.decimals, noValue: about.none, mappings: about.words,
  thresholds: { mode: ThresholdsMode.Absolute, steps: about.steps ?? steps(GOOD) },
  ...(custom ? { custom } : {}),
} satisfies FieldConfig);

const panel = (type: string, about: About, options: Record<string, unknown>, defaults: FieldConfig, overrides: Overrides = []): Made => ({
  type, title: about.title, description: about.says, datasource: SOURCE, pluginVersion: "13.0.0",
  fieldConfig: { defaults, overrides }, options, targets: targets(about.queries),
  wide: about.wide ?? 6, high: about.high ?? 5,
});

/** One big number. */
export const stat = (about: About): Made => panel("stat", { high: 4, ...about, queries: about.queries.map((q) => ({ instant: true, ...q })) }, {
  colorMode: BigValueColorMode.Value, graphMode: BigValueGraphMode.None, justifyMode: BigValueJustifyMode.Auto,
  textMode: BigValueTextMode.Auto, wideLayout: true, showPercentChange: false, percentChangeColorMode: PercentChangeColorMode.Standard,
  orientation: VizOrientation.Auto, reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
} satisfies StatOptions, { ...field(about), color: { mode: FieldColorModeId.Thresholds } });

/** Lines over time; `stacked`: they add up to a whole; `bars`: what happened, not how it stands;
 *  `soft`: the axis reaches at least to this; `log`: from milliseconds to hours. */
export const lines = (about: About & { stacked?: boolean; bars?: boolean; soft?: number; log?: boolean; colours?: Record<string, string> }): Made => panel("timeseries", { wide: 12, high: 8, ...about }, {
  legend: { showLegend: about.queries.length > 1 || (about.queries[0]?.legend ?? "").includes("{{"), displayMode: LegendDisplayMode.List, placement: "bottom", calcs: [] },
  tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
} satisfies LineOptions, {
  ...field(about, {
    drawStyle: about.bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line, lineWidth: about.bars ? 0 : 2, fillOpacity: about.bars ? 80 : about.stacked ? 40 : 8,
    gradientMode: GraphGradientMode.None, lineInterpolation: LineInterpolation.StepAfter, showPoints: VisibilityMode.Auto, pointSize: 5, spanNulls: false,
    scaleDistribution: about.log ? { type: ScaleDistribution.Log, log: 10 } : { type: ScaleDistribution.Linear },
    axisSoftMin: about.log ? undefined : 0, axisSoftMax: about.soft ?? (about.bars ? 1 : undefined),
    stacking: { mode: about.stacked || about.bars ? StackingMode.Normal : StackingMode.None, group: "A" },
  } satisfies LineField as Record<string, unknown>),
  color: { mode: FieldColorModeId.PaletteClassic },
}, coloured(about.colours));

/** A bar each: a funnel, or shares. */
export const bars = (about: About): Made => panel("bargauge", { wide: 12, high: 8, ...about, queries: about.queries.map((q) => ({ instant: true, ...q })) }, {
  displayMode: BarGaugeDisplayMode.Basic, namePlacement: BarGaugeNamePlacement.Left, showUnfilled: true, sizing: BarGaugeSizing.Auto,
  minVizHeight: 14, minVizWidth: 8, maxVizHeight: 40, valueMode: BarGaugeValueMode.Text, orientation: VizOrientation.Horizontal,
  legend: { showLegend: false, displayMode: LegendDisplayMode.Hidden, placement: "bottom", calcs: [] },
  reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
} satisfies BarOptions, { ...field(about), color: { mode: FieldColorModeId.Thresholds } });

/** Up or down over time, a line each. */
export const states = (about: About): Made => ({ ...panel("state-timeline", { wide: 12, high: 6, ...about }, {
  mergeValues: true, rowHeight: 0.8, showValue: VisibilityMode.Never, perPage: 30,
  legend: { showLegend: false, displayMode: LegendDisplayMode.Hidden, placement: "bottom", calcs: [] },
  tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None },
} satisfies TimelineOptions, { ...field({ ...about, steps: about.steps ?? steps(ATTENTION, [1, GOOD]) }, { fillOpacity: 80, lineWidth: 0 } satisfies TimelineField as Record<string, unknown>), color: { mode: FieldColorModeId.Thresholds } }) });

/** A row each; a query's value is called "Value", or "Value #A" of several. `names`: what the columns
 *  are called, in the order in which they stand. `columns`: what is other than the panel, by
 *  the name shown. */
export const table = (about: About & { hide?: string[]; names?: Record<string, string>; columns?: Record<string, Column> }): Made => ({
  ...panel("table", { wide: 24, high: 9, ...about, queries: about.queries.map((q) => ({ instant: true, table: true, ...q })) }, {
    showHeader: true, cellHeight: TableCellHeight.Sm, frameIndex: 0,
  } satisfies TableOptions, field(about),
    Object.entries(about.columns ?? {}).map(([name, column]) => ({
      matcher: { id: "byName", options: name },
      properties: [
        ...(column.unit ? [{ id: "unit", value: column.unit }] : []),
        ...(column.words ? [{ id: "mappings", value: column.words }] : []),
        ...(column.steps ? [{ id: "thresholds", value: { mode: ThresholdsMode.Absolute, steps: column.steps } }, { id: "color", value: { mode: FieldColorModeId.Thresholds } }] : []),
        ...(column.steps || column.words ? [{ id: "custom.cellOptions", value: { type: TableCellDisplayMode.ColorText } satisfies TableCellOptions }] : []),
      ],
    }))),
  transformations: [
    ...(about.queries.length > 1 ? [{ id: "merge", options: {} }] : []),
    { id: "organize", options: { excludeByName: Object.fromEntries(["Time", "__name__", "job", ...(about.hide ?? [])].map((name) => [name, true])), renameByName: about.names ?? {}, indexByName: Object.fromEntries(Object.keys(about.names ?? {}).map((name, i) => [name, i])) } },
  ],
});

/** Panels in rows of 24 columns, each under a heading in both languages. */
export const laid = (...sections: [string, ...Made[]][]): (Panel | RowPanel)[] => {
  const out: (Panel | RowPanel)[] = [];
  let y = 0, id = 1;
  for (const [title, ...made] of sections) {
    out.push({ type: "row", id: id++, title, collapsed: false, panels: [], gridPos: { x: 0, y: y++, w: 24, h: 1 } } satisfies RowPanel);
    let x = 0, high = 0;
    for (const { wide, high: h, ...one } of made) {
      if (x + wide > 24) { y += high; x = 0; high = 0; }
      out.push({ ...one, id: id++, gridPos: { x, y, w: wide, h } } satisfies Panel);
      x += wide; high = Math.max(high, h);
    }
    y += high;
  }
  return out;
};

const datasource: VariableModel = { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus", refresh: VariableRefresh.onDashboardLoad, hide: VariableHide.dontHide };
const gateway = (multi: boolean): VariableModel => ({
  name: "gateway", label: "Gateway 网关", type: "query", datasource: SOURCE, multi, includeAll: multi, allValue: multi ? ".+" : undefined,
  query: { query: "label_values(doorwatch_build_info, instance)", refId: "gateways" }, refresh: VariableRefresh.onTimeRangeChanged, sort: VariableSort.naturalAsc,
  ...(multi ? { current: { selected: true, text: ["All"], value: ["$__all"] } } : {}),
});

/** A dashboard with its fixed uid; `one`: of one gateway, chosen above. */
export const dashboard = (uid: string, title: string, says: string, panels: (Panel | RowPanel)[], { one = true, from = "now-24h" } = {}): Dashboard => ({
  uid, title, description: says, tags: ["doorwatch"], schemaVersion: 42, editable: false, refresh: "30s", timezone: "browser", graphTooltip: 1,
  time: { from, to: "now" }, templating: { list: one ? [datasource, gateway(true)] : [datasource] },
  links: [{ asDropdown: false, icon: "external link", includeVars: true, keepTime: true, tags: ["doorwatch"], targetBlank: false, title: "doorwatch", tooltip: "", type: "dashboards", url: "" }],
  panels,
} satisfies Dashboard);
