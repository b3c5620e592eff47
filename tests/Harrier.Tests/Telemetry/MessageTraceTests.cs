using Harrier.Telemetry.Formats.MessageTrace;

namespace Harrier.Tests.Telemetry;

public sealed class MessageTraceTests
{
    static readonly MessageTraceFormat Format = new();

    [Fact]
    public void The_export_of_Get_MessageTrace_is_read()
    {
        const string csv = """"
            #TYPE Deserialized.Microsoft.Exchange
            "Organization","MessageId","Received","SenderAddress","RecipientAddress","Subject","Status","ToIP","FromIP","Size","MessageTraceId"
            "o","<m1@x.example>","11/24/2026 1:02:03 PM","A@X.example","b@corp.example","Hi, ""you""","Delivered","","192.0.2.9","1234","t1"
            "o","<m1@x.example>","never","A@X.example","b@corp.example","s","Delivered","","192.0.2.9","1234","t1"
            "o","short"
            """";
        Assert.True(Format.Detect(System.Text.Encoding.UTF8.GetBytes(csv), "x.csv") > 90);
        var read = CollectedRecords.Of(Format, csv);
        Assert.Equal(2, read.Records.Count);
        Assert.Equal("never", read.Records[1]["time"]);
        var record = read.Records[0];
        Assert.Equal("2026-11-24T13:02:03.000000Z", record["time"]);
        Assert.Equal("Hi, \"you\"", record["subject"]);
        Assert.Equal("192.0.2.9", record["from_ip"]);
        Assert.Equal("t1", record["network_message_id"]);
        Assert.DoesNotContain("to_ip", record.Keys);
        Assert.Single(read.Rejects);
    }

    [Fact]
    public void The_summary_gives_one_record_a_recipient()
    {
        const string csv =
            "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,network_message_id,original_client_ip,directionality\n"
            + "2026-11-24T01:02:03.1234567Z,a@x.example,\"b@c.example##Receive, Deliver;d@c.example##Fail\",s,5,<m>,n1,192.0.2.1,Incoming\n";
        Assert.True(Format.Detect(System.Text.Encoding.UTF8.GetBytes(csv), "x.csv") > 90);
        var read = CollectedRecords.Of(Format, csv);
        Assert.Equal(
            ["b@c.example:Deliver", "d@c.example:Fail"],
            read.Records.Select(record => record["recipient"] + ":" + record["status"])
        );
    }
}
