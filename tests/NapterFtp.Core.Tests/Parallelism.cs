// Most tests wait for peers on loopback, and for clocks, more than they work: six at a time keep two cores busy.
[assembly: Xunit.v3.Parallelization(MaxThreads = 6)]
