// The panels, each drawn by Grafana's own component of that kind. State timelines are not among what
// @grafana/ui gives: `drawn` says so, and the page closes the gap.
import { getDisplayValueAlignmentFactors, getFieldDisplayValues } from "@grafana/data";
import type { DataFrame, FieldDisplay, GrafanaTheme2, TimeRange } from "@grafana/data";
import type { Panel } from "@grafana/schema";
import { BarGauge, BigValue, TimeSeries, VizRepeater } from "@grafana/ui";
import { TableNG } from "@grafana/ui/unstable";
import type { ReactElement } from "react";

export interface Shown { panel: Panel; frames: DataFrame[]; width: number; height: number; theme: GrafanaTheme2; span: TimeRange }

const values = ({ panel, frames, theme }: Shown) => (): FieldDisplay[] => getFieldDisplayValues({
  fieldConfig: panel.fieldConfig as never, reduceOptions: (panel.options as { reduceOptions: never }).reduceOptions,
  replaceVariables: (text) => text, theme, data: frames, timeZone: "utc",
});

const stat = (shown: Shown): ReactElement => {
  const options = shown.panel.options as never as Record<string, never>;
  return <VizRepeater source={shown.frames} getValues={values(shown)} renderCounter={0} autoGrid width={shown.width} height={shown.height} orientation={options.orientation!}
    getAlignmentFactors={getDisplayValueAlignmentFactorsOf} renderValue={({ value, width, height, count, alignmentFactors }) =>
      <BigValue value={value.display} count={count} width={width} height={height} theme={shown.theme} alignmentFactors={alignmentFactors}
        colorMode={options.colorMode!} graphMode={options.graphMode!} justifyMode={options.justifyMode!} textMode={options.textMode!} disableWideLayout={!options.wideLayout} />} />;
};

const bargauge = (shown: Shown): ReactElement => {
  const options = shown.panel.options as never as Record<string, never>;
  return <VizRepeater source={shown.frames} getValues={values(shown)} renderCounter={0} width={shown.width} height={shown.height} orientation={options.orientation!}
    minVizWidth={options.minVizWidth!} minVizHeight={options.minVizHeight!} maxVizHeight={options.maxVizHeight!}
    getAlignmentFactors={getDisplayValueAlignmentFactorsOf} renderValue={({ value, width, height, orientation, alignmentFactors }) =>
      <BarGauge value={value.display} field={value.field} display={value.view?.getFieldDisplayProcessor(value.colIndex!)} width={width} height={height} orientation={orientation} theme={shown.theme}
        alignmentFactors={alignmentFactors} itemSpacing={8} lcdCellWidth={12}
        displayMode={options.displayMode!} showUnfilled={options.showUnfilled!} valueDisplayMode={options.valueMode!} namePlacement={options.namePlacement!} />} />;
};

const getDisplayValueAlignmentFactorsOf = (all: FieldDisplay[]) => getDisplayValueAlignmentFactors(all);

const timeseries = ({ panel, frames, width, height, span }: Shown): ReactElement => frames.length
  ? <TimeSeries frames={frames} width={width} height={height} timeRange={span} timeZone="utc" legend={(panel.options as { legend: never }).legend} options={panel.options as never} />
  : <p>No data</p>;

const table = ({ panel, frames, width, height, span }: Shown): ReactElement => <TableNG data={frames[0]!} width={width} height={height} timeRange={span}
  cellHeight={(panel.options as { cellHeight: never }).cellHeight} fieldConfig={panel.fieldConfig as never} enableVirtualization={false} />;

export const drawn: Record<string, (shown: Shown) => ReactElement> = { stat, bargauge, timeseries, table };
