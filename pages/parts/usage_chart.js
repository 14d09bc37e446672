// Bars of usage, stacked by group. The library is fetched here and only here, once the page is drawn and quiet; until
// then, and where it cannot be fetched, everything stands in the tables beside it. usage_chart.py is its Python half.
const QUIET_MS = 400;

export default {
  props: {
    about: { type: String, required: true },
    labels: { type: Array, required: true },
    series: { type: Array, required: true },
    totals: { type: Array, required: true },
    marks: { type: Array, default: () => [] },
    failed: { type: String, required: true },
  },
  emits: ['pick'],
  data() {
    return { state: 'waiting' };
  },
  template: `
    <div class="chart">
      <div class="chart-drawing" ref="drawing" role="img" :aria-label="about" :aria-busy="state === 'waiting' ? 'true' : null"></div>
      <p class="muted" v-if="state === 'failed'">{{ failed }}</p>
    </div>`,
  async mounted() {
    this.watch = new MutationObserver(() => this.draw());
    this.watch.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    this.size = new ResizeObserver(() => this.chart?.resize());
    this.size.observe(this.$refs.drawing);
    await new Promise((quiet) => (window.requestIdleCallback ?? setTimeout)(quiet, { timeout: QUIET_MS }));
    try {
      const { echarts } = await import('nicegui-echart');
      if (!this.$refs.drawing) return;
      this.chart = echarts.init(this.$refs.drawing, null, { renderer: 'svg' });
    } catch {
      this.state = 'failed';
      return;
    }
    this.chart.on('click', (event) => this.$emit('pick', event.dataIndex));
    this.state = 'drawn';
    this.draw();
  },
  beforeUnmount() {
    this.watch.disconnect();
    this.size.disconnect();
    this.chart?.dispose();
  },
  watch: {
    series() {
      this.draw();
    },
  },
  methods: {
    draw() {
      this.chart?.setOption(this.options(), { notMerge: true });
    },
    // What is drawn are heights; whatever is read, in tips and tables, was written by the server.
    options() {
      const style = getComputedStyle(document.body);
      const value = (name) => style.getPropertyValue(name).trim();
      const text = { color: value('--muted'), fontFamily: value('--font'), fontSize: 12 };
      const turned = document.documentElement.dir === 'rtl';
      // 400B: a number with all its digits would be cut off at the margin
      const short = new Intl.NumberFormat(document.documentElement.lang, { notation: 'compact' }).format;
      return {
        animation: false,
        aria: { enabled: true, label: { enabled: false }, decal: { show: this.series.length > 1 } },
        textStyle: text,
        grid: { left: 4, right: 4, top: 12, bottom: this.series.length > 1 ? 44 : 8, containLabel: true },
        legend: {
          show: this.series.length > 1, align: turned ? 'right' : 'left', bottom: 0, type: 'scroll', itemWidth: 14, itemHeight: 10,
          textStyle: { ...text, width: 180, overflow: 'truncate' }, icon: 'rect',
        },
        tooltip: {
          trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true, textStyle: { ...text, color: value('--text') },
          backgroundColor: value('--surface'), borderColor: value('--hairline'), formatter: (points) => this.tip(points[0].dataIndex),
        },
        xAxis: {
          type: 'category', data: this.labels, inverse: turned, axisTick: { show: false }, axisLabel: { color: text.color, hideOverlap: true },
          axisLine: { lineStyle: { color: value('--control') } },
        },
        yAxis: {
          type: 'value', position: turned ? 'right' : 'left', splitNumber: 4, axisLabel: { color: text.color, formatter: short },
          splitLine: { lineStyle: { color: value('--hairline') } },
        },
        series: this.series.map((each) => ({
          name: each.name, type: 'bar', stack: 'used', barMaxWidth: 48, barCategoryGap: '25%', color: value(each.colour),
          data: each.heights.map(Number), cursor: 'pointer', emphasis: { focus: 'none' },
        })),
      };
    },
    // A tip is built of elements, so that no name of a model or a key can be markup.
    tip(place) {
      const tip = document.createElement('div');
      tip.dir = document.documentElement.dir;
      const line = (label, amount, strong) => {
        const row = tip.appendChild(document.createElement('div'));
        row.className = strong ? 'tip strong' : 'tip';
        row.appendChild(document.createElement('span')).textContent = label;
        row.appendChild(document.createElement('span')).textContent = amount;
      };
      line(this.marks[place] ?? this.labels[place], this.totals[place], true);
      if (this.series.length > 1) {
        for (const each of this.series) if (Number(each.heights[place])) line(each.name, each.texts[place], false);
      }
      return tip;
    },
  },
};
