// What a build with the Orleans engine makes of the benchmarks. They are built with the embedded engine, whose steps they measure one by
// one; the services of all engines that were built are measured as processes.
Console.Error.WriteLine("Build the benchmarks without -p:Engine=Orleans; they measure the service of this build with --engine Orleans.");
return 1;
