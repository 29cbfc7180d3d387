import java.io.File;
import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/** Prints what the reference implementation reads in a log: a line an interval, then a line a tag. */
public class Read {
    static final double[] PERCENTILES = {50, 75, 90, 95, 99, 99.9, 99.99, 100};

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String file : args) {
            HistogramLogReader log = new HistogramLogReader(new File(file));
            Map<String, Histogram> tags = new TreeMap<>();
            EncodableHistogram next;
            while ((next = log.nextIntervalHistogram()) != null) {
                Histogram h = (Histogram) next;
                print(out, file, "interval", h, log.getStartTimeSec());
                Histogram sum = tags.get(String.valueOf(h.getTag()));
                if (sum == null) {
                    sum = h.copy();
                    sum.setTag(h.getTag());
                    tags.put(String.valueOf(h.getTag()), sum);
                } else {
                    sum.add(h);
                }
            }
            for (Histogram sum : tags.values()) {
                print(out, file, "tag", sum, log.getStartTimeSec());
            }
        }
        out.flush();
    }

    static void print(PrintStream out, String file, String kind, Histogram h, double began) {
        StringBuilder line = new StringBuilder();
        line.append(file).append('\t').append(kind).append('\t').append(h.getTag() == null ? "" : h.getTag());
        line.append('\t').append(Math.round(began * 1000)).append('\t').append(h.getStartTimeStamp());
        line.append('\t').append(h.getEndTimeStamp()).append('\t').append(h.getTotalCount());
        line.append('\t').append(h.getMinValue()).append('\t').append(h.getMaxValue());
        for (double p : PERCENTILES) {
            line.append('\t').append(h.getValueAtPercentile(p));
        }
        out.println(line);
    }
}
