// Most tests wait for processes: four at a time keep two cores busy.
[assembly: Xunit.v3.Parallelization(MaxThreads = 4)]
