using System.Text;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Formats;
using Harrier.Telemetry.Formats.PlainText;

namespace Harrier.Tests.Telemetry;

public sealed class PlainTextTests
{
    static readonly PlainTextFormat Format = new();

    [Theory]
    // Logs that no reader knows.
    [InlineData(
        "[2026-11-24 01:02:03,123] ERROR worker: failed\n[2026-11-24 01:02:04,001] INFO worker: again\n"
    )]
    [InlineData("24/Nov/2026:01:02:03 +0000 GET /\n")]
    [InlineData("ERROR: disk sda1 is full\nWARN: 3 jobs wait\n")]
    [InlineData(
        "level=info msg=\"started\" port=80\nlevel=info msg=\"request\" path=/a\nlevel=warn msg=\"slow\" path=/b\n"
    )]
    [InlineData("alice logged in from 192.0.2.1\nbob logged out\n")]
    [InlineData("sudo apt update\nls -la /root\ncat /etc/passwd\n")]
    [InlineData("#1700000000\nls\n#1700000005\nwhoami\n")]
    [InlineData("{\"a\":1,\"b\":2}\n{\"a\":2,\"b\":3}\n")]
    [InlineData("Müller kam; Straße gesperrt\n")]
    [InlineData("1.2.3.4 - - \"GET / HTTP/1.1\" 200\n")]
    [InlineData(
        "- cmd: ls -la\n  when: 1700000000\n- cmd: whoami\n  when: 1700000005\n  paths:\n    - /tmp\n"
    )]
    public void Logs_are_taken(string text) =>
        Assert.Null(NoLog.WhatIs(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("MZ\u0090\0\u0003\0", "binary|program")]
    [InlineData("%PDF-1.7\n1 0 obj\n", "PDF")]
    [InlineData("<?xml version=\"1.0\"?>\n<settings/>\n", "XML")]
    [InlineData("<!DOCTYPE html>\n<html>\n", "HTML")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", "key")]
    [InlineData("{\n  \"name\": \"x\",\n  \"version\": 1\n}\n", "JSON")]
    [InlineData(
        "# Title\n\nSome words about it.\n\n- one\n- two\n- three\n\n```\ncode\n```\n",
        "Markdown"
    )]
    [InlineData("[server]\nport = 80\nhost = a.example\n\n[client]\nuser = x\n", "INI")]
    [InlineData("# a comment\nserver.port=80\nserver.host=a.example\nserver.name=x\n", "INI")]
    [InlineData("# only\n# comments\n", "comments")]
    [InlineData(
        "version: 3\nservices:\n  web:\n    image: nginx\n    ports:\n      - 80\n",
        "YAML"
    )]
    [InlineData("---\n- hosts: all\n  tasks:\n    - name: x\n", "YAML")]
    [InlineData("#!/bin/bash\nset -e\nls\n", "script")]
    [InlineData("import os\nimport sys\n\ndef main():\n    return 1\n", "source")]
    [InlineData("using System;\n\nnamespace X;\n\npublic class A\n{\n    int x;\n}\n", "source")]
    public void What_is_no_log_is_named(string text, string what) =>
        Assert.Matches(what, NoLog.WhatIs(Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void A_time_at_the_start_makes_a_log_of_anything()
    {
        const string text = "2026-11-24T01:02:03Z [server]\n2026-11-24T01:02:03Z port = 80\n";
        Assert.Equal(5, Format.Detect(Encoding.UTF8.GetBytes(text), "x.ini"));
    }

    [Theory]
    [InlineData("2026-11-24T01:02:03Z x", "2026-11-24T01:02:03.000000Z")]
    [InlineData("2026-11-24 01:02:03.5 x", "2026-11-24T01:02:03.500000Z")]
    [InlineData("[2026-11-24 01:02:03,500] x", "2026-11-24T01:02:03.500000Z")]
    [InlineData("[24/Nov/2026:01:02:03 +0100] x", "2026-11-24T00:02:03.000000Z")]
    [InlineData("11/24/2026 1:02:03 PM x", "2026-11-24T13:02:03.000000Z")]
    [InlineData("2026/11/24 01:02:03 x", "2026-11-24T01:02:03.000000Z")]
    [InlineData("Tue Nov 24 01:02:03 2026 x", "2026-11-24T01:02:03.000000Z")]
    [InlineData("<34>Nov 24 01:02:03 h x", "2026-11-24T01:02:03.000000Z")]
    public void A_time_at_the_start_of_a_line_is_its_time(string line, string time)
    {
        var record = Assert.Single(CollectedRecords.Of(Format, line).Records);
        Assert.Equal(
            (time, "line", line),
            (record["time"], record["time_from"], record["message"])
        );
    }

    [Fact]
    public void Lines_without_a_time_have_that_of_the_line_before_or_of_the_file()
    {
        var handler = new CollectedRecords();
        Format.Read(
            new MemoryStream(
                "1700000000 x\nfirst\n2026-11-24T01:02:03Z second\n  at third\n"u8.ToArray()
            ),
            new ReadOptions("x", LocalZone.Utc, 2026)
            {
                Modified = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
            },
            handler,
            CancellationToken.None
        );
        Assert.Equal(
            ["file", "file", "line", "line before"],
            handler.Records.Select(record => record["time_from"])
        );
        Assert.Equal("2026-01-02T03:04:05.000000Z", handler.Records[0]["time"]);
        Assert.Contains(
            handler.Warnings,
            warning =>
                warning.StartsWith(
                    "Lines without a time that is recognised: 2. They have that of the file, 2026-01-02 03:04:05 UTC",
                    StringComparison.Ordinal
                )
        );
        Assert.Contains(
            handler.Warnings,
            warning =>
                warning.StartsWith(
                    "Lines without a time that is recognised: 1.",
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void Every_other_format_comes_first()
    {
        foreach (var format in LogFormats.All.Where(format => format is not PlainTextFormat))
        {
            Assert.Equal(0, format.Detect("alice logged in\nbob logged out\n"u8, "x.log"));
        }
    }
}
