using System.Collections.Frozen;

namespace Harrier.Intel.Text;

/// <summary>Endings that make a dotted word a file name and not a domain.</summary>
static class FileExtensions
{
    const string Names =
        "exe dll sys scr cpl ocx drv efi msi msp msix appx jar war class apk ipa dmg pkg deb rpm elf bin dat db tmp bak old log txt "
        + "ini cfg conf inf reg lnk url hta htm html mht php asp aspx jsp jspx cgi js jse vbs vbe wsf wsh ps1 psm1 psd1 bat cmd vba "
        + "doc docx docm dot dotx dotm xls xlsx xlsm xlsb xlam xll ppt pptx pptm pps ppsx rtf pdf odt ods csv tsv xml json yaml yml "
        + "eml msg pst rar 7z gz tgz bz2 xz cab iso img vhd vhdx ace arj lzh tar z "
        + "jpg jpeg png gif bmp ico svg webp mp3 mp4 avi wav ttf woff swf chm hlp sct wsc job pif application manifest "
        + "py pyc pyw rb lua sql sqlite key pem crt cer pfx p12 asar node cs cpp hpp java swift plist dylib ko asd raw tlb nls targets nfo dmp idx pdb lock rules yar";

    /// <summary>Countries' domains that are endings of files too: a file with two labels, a name with more.</summary>
    const string Ambiguous = "sh so zip md rs mov ps py";

    static readonly FrozenSet<string> s_names = FrozenSet.ToFrozenSet(
        Names.Split(' '),
        StringComparer.OrdinalIgnoreCase
    );
    static readonly FrozenSet<string> s_ambiguous = FrozenSet.ToFrozenSet(
        Ambiguous.Split(' '),
        StringComparer.OrdinalIgnoreCase
    );

    public static bool IsFile(string name)
    {
        var extension = name[(name.LastIndexOf('.') + 1)..];
        return (s_names.Contains(extension) && !s_ambiguous.Contains(extension))
            || (s_ambiguous.Contains(extension) && name.AsSpan().Count('.') == 1);
    }
}
