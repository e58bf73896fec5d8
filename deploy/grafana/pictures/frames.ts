// From Prometheus's answers to the data frames of a panel, with the panel's own field options on them.
import {
  applyFieldOverrides, cacheFieldDisplayNames, FieldType, Registry, standardFieldConfigEditorRegistry, standardTransformers,
  standardTransformersRegistry, toDataFrame, transformDataFrame,
} from "@grafana/data";
import type { DataFrame, FieldConfigPropertyItem, GrafanaTheme2 } from "@grafana/data";
import type { Panel } from "@grafana/schema";
import { firstValueFrom } from "rxjs";

export type Labels = Record<string, string>;
export interface Series { metric: Labels; value?: [number, string]; values?: [number, string][] }
export type Answers = Record<string, Series[]>;
export interface Target { refId: string; expr: string; legendFormat: string; format: "time_series" | "table" }

standardTransformersRegistry.setInit(() => [standardTransformers.mergeTransformer, standardTransformers.organizeFieldsTransformer]
  .map((transformation) => ({ id: transformation.id, name: transformation.name, transformation: async () => transformation, editor: () => null, imageDark: "", imageLight: "" })));
standardFieldConfigEditorRegistry.setInit(() => []);

/** Every option that the panel names may be set by it: types were checked in ../src. */
const registry = (panel: Panel): Registry<FieldConfigPropertyItem> => {
  const { custom = {}, ...standard } = panel.fieldConfig!.defaults;
  const overridden = panel.fieldConfig!.overrides.flatMap(({ properties }) => properties.map(({ id }) => id));
  const ids = new Set([...Object.keys(standard), ...Object.keys(custom).map((id) => `custom.${id}`), ...overridden]);
  return new Registry(() => [...ids].map((id) => ({
    id, name: id, path: id.replace("custom.", ""), isCustom: id.startsWith("custom."),
    shouldApply: () => true, process: (value: unknown) => value, override: () => null, editor: () => null,
  }) as unknown as FieldConfigPropertyItem));
};

const named = (target: Target, labels: Labels): string => {
  if (target.legendFormat !== "__auto") return target.legendFormat.replace(/{{\s*(\w+)\s*}}/g, (_, label) => labels[label] ?? "");
  const { __name__ = "", ...rest } = labels;
  return Object.keys(rest).length ? `${__name__}{${Object.entries(rest).map(([k, v]) => `${k}="${v}"`).join(", ")}}` : __name__ || target.expr;
};

/** As Grafana has it before it draws: what is no number is a gap. */
const number = (said: string): number | null => (Number.isFinite(Number(said)) ? Number(said) : null);

const lines = (target: Target, series: Series[], step: number): DataFrame[] => series.map(({ metric, value, values = [value!] }) => toDataFrame({
  refId: target.refId,
  fields: [
    { name: "Time", type: FieldType.time, values: values.map(([at]) => at * 1000), config: { interval: step * 1000 } },
    { name: "Value", type: FieldType.number, values: values.map(([, said]) => number(said)), labels: metric, config: { displayNameFromDS: named(target, metric) } },
  ],
}));

const rows = (target: Target, series: Series[], several: boolean): DataFrame => toDataFrame({
  refId: target.refId,
  fields: [
    { name: "Time", type: FieldType.time, values: series.map(({ value }) => value![0] * 1000) },
    ...[...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].sort()
      .map((label) => ({ name: label, type: FieldType.string, values: series.map(({ metric }) => metric[label] ?? "") })),
    { name: several ? `Value #${target.refId}` : "Value", type: FieldType.number, values: series.map(({ value }) => number(value![1])) },
  ],
});

/** ``step``: seconds between two points. */
export const framesOf = async (panel: Panel, answers: Answers, step: number, theme: GrafanaTheme2): Promise<DataFrame[]> => {
  const targets = panel.targets as unknown as Target[];
  const raw = targets.flatMap((target) => target.format === "table"
    ? [rows(target, answers[target.refId]!, targets.length > 1)] : lines(target, answers[target.refId]!, step));
  cacheFieldDisplayNames(raw);
  const data = await firstValueFrom(transformDataFrame((panel.transformations ?? []) as never, raw));
  const frames = applyFieldOverrides({
    data, theme, timeZone: "utc", replaceVariables: (text) => text,
    fieldConfig: structuredClone(panel.fieldConfig) as never, fieldConfigRegistry: registry(panel),
  });
  cacheFieldDisplayNames(frames);
  return frames;
};
