// Prints what hdr-histogram-js reads in a log: a line an interval, then a line a tag.
const fs = require("fs");
const hdr = require("hdr-histogram-js");

const percentiles = [50, 75, 90, 95, 99, 99.9, 99.99, 100];

for (const file of process.argv.slice(2)) {
  const log = new hdr.HistogramLogReader(fs.readFileSync(file, "utf8"), 64);
  const tags = new Map();
  // Its maxValue is a step or two too high, by 511 for each histogram: p100 is the greatest value.
  const print = (kind, tag, h) =>
    console.log([file, kind, tag === "NO TAG" ? "" : tag, Math.round(log.startTimeSec * 1000), Math.round(h.startTimeStampMsec), Math.round(h.endTimeStampMsec), h.totalCount,
      Math.min(h.minNonZeroValue, h.getValueAtPercentile(100)), h.getValueAtPercentile(100), ...percentiles.map((p) => h.getValueAtPercentile(p))].join("\t"));
  for (let h; (h = log.nextIntervalHistogram()) !== null; ) {
    print("interval", h.tag, h);
    const sum = tags.get(h.tag);
    if (sum) sum.add(h);
    else tags.set(h.tag, h.copy ? h.copy() : h);
  }
  for (const [tag, sum] of tags) print("tag", tag, sum);
}
