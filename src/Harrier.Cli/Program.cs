using Harrier.Cli;

// The console's own encoding may be anything; what Harrier writes is UTF-8.
using var stdout = new StreamWriter(
    System.Console.OpenStandardOutput(),
    new System.Text.UTF8Encoding(false),
    32768
)
{
    AutoFlush = false,
};
using var stderr = new StreamWriter(
    System.Console.OpenStandardError(),
    new System.Text.UTF8Encoding(false)
)
{
    AutoFlush = true,
};

return Application.Run(args, stdout, stderr, TimeProvider.System);
