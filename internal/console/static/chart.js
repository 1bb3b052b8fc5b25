// Draws charts of their data: an element marked data-chart holds them as JSON in a script
// element, as {kind: "bars" | "lines", label, at: [seconds], series: [{label, colour, values}]}. Bars of
// several series lie on each other. Whoever does not see it has the table beside it.
(() => {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--tblr-" + name).trim() || name;
  const day = (s) => new Date(s * 1000).toLocaleDateString(document.documentElement.lang, { timeZone: "Asia/Shanghai", month: "numeric", day: "numeric" });
  const hour = (s) => new Date(s * 1000).toLocaleTimeString(document.documentElement.lang, { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const number = (n) => n == null ? "–" : n.toLocaleString(document.documentElement.lang);

  // What a chart drew is taken away again when its place is filled with newer figures.
  const drawn = new WeakMap();
  const draw = (place) => {
    drawn.get(place)?.();
    const chart = JSON.parse(place.querySelector("script").textContent);
    const bars = chart.kind === "bars";
    // Each series is drawn up to its own top, the topmost first, so that lower ones cover it.
    const tops = [];
    chart.series.forEach((s, i) => tops.push(s.values.map((n, at) => n + (bars && i ? tops[i - 1][at] : 0))));
    const order = chart.series.map((_, i) => i);
    if (bars) order.reverse();
    const gap = chart.at.length > 1 ? chart.at[1] - chart.at[0] : 86400;
    const when = gap < 86400 ? hour : day;
    const muted = () => getComputedStyle(place).color;
    const options = {
      width: place.clientWidth, height: Number(place.dataset.height ?? 240),
      cursor: { y: false, points: { show: !bars } },
      scales: { x: { time: true, range: (_, low, high) => bars ? [low - gap / 2, high + gap / 2] : [low, high] }, y: { range: (_, low, high) => [0, Math.max(high, 4)] } },
      axes: [
        { stroke: muted, grid: { show: false }, ticks: { show: false }, space: 56, size: 32, values: (_, at) => at.map(when) },
        { stroke: muted, grid: { stroke: "#8883", width: 1 }, ticks: { show: false }, size: 56, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6], values: (_, at) => at.map(number) },
      ],
      series: [
        { label: chart.label, value: (_, s) => s == null ? "" : when(s) },
        ...order.map((i) => ({
          label: chart.series[i].label, width: bars ? 0 : 2, stroke: () => colour(chart.series[i].colour), points: { show: false },
          fill: bars ? () => colour(chart.series[i].colour) : undefined,
          paths: bars ? uPlot.paths.bars({ size: [0.7, 24] }) : undefined,
          value: (_, n, __, at) => number(at == null ? null : chart.series[i].values[at]),
        })),
      ],
    };
    const plot = new uPlot(options, [chart.at, ...order.map((i) => tops[i])], place);
    const sized = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: options.height }));
    const themed = new MutationObserver(() => plot.redraw());
    sized.observe(place);
    themed.observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    drawn.set(place, () => { sized.disconnect(); themed.disconnect(); plot.destroy(); });
  };
  const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
  all();
  document.addEventListener("htmx:after:swap", all);
  window.htmx?.config.morphIgnore.push("open"); // a table that was unfolded beside a chart stays so
})();
