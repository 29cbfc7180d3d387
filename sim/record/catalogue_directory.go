package record

// What only a run that is over exports: its directory, read afterwards.
const (
	RunVerdict   = "run_verdict"
	RunMissing   = "run_missing"
	ThresholdMet = "threshold_met"
)

// DirectorySide lists what a report exports of a run directory, besides the catalogue, in
// a fixed order.
func DirectorySide() []Info {
	return []Info{
		{RunVerdict, "loginstorm_run_verdict", "gauge", "1 for the verdict of a run that is over, 0 for the others; running: it has none.", "", []string{"verdict"}, false},
		{ThresholdMet, "loginstorm_threshold_met", "gauge", "1 for a threshold that holds, 0 for one that does not.", "", []string{"threshold"}, false},
		{RunMissing, "loginstorm_run_missing", "gauge", "1 for each thing that could not be read of a run directory.", "", []string{"what"}, false},
	}
}
