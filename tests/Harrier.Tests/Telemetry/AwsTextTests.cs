using System.Text;
using Harrier.Telemetry.Formats;

namespace Harrier.Tests.Telemetry;

public sealed class AwsTextTests
{
    [Theory]
    [InlineData(
        "2026-03-02T10:00:00.1Z lb 203.0.113.7:1 10.0.0.1:80 0 0 0 200 200 0 29 \"GET http://x/ HTTP/1.1\" \"curl\" - -\n",
        "aws-text"
    )]
    [InlineData(
        "2026-03-02T10:00:00.123456+00:00 ws1 sshd[77]: Failed password for invalid user anna from 203.0.113.7 port 4711 ssh2\n",
        "syslog"
    )]
    public void A_line_that_begins_with_a_time_is_not_yet_a_load_balancers(
        string line,
        string format
    ) =>
        Assert.Equal(
            format,
            LogFormats.All.MaxBy(one => one.Detect(Encoding.UTF8.GetBytes(line), "x.log"))!.Name
        );
}
