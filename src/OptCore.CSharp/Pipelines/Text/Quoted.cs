using System.Globalization;
using System.Text;

namespace OptCore;

/// <summary>Strings as F# literals.</summary>
internal static class Quoted
{
    private const string Codes = "\"\\nrt";
    private const string Characters = "\"\\\n\r\t";

    public static char? Unescape(char code) => Codes.IndexOf(code) is var at and >= 0 ? Characters[at] : null;

    public static string Write(string content)
    {
        var literal = new StringBuilder("\"");
        foreach (var character in content)
        {
            var at = Characters.IndexOf(character);
            if (at >= 0)
            {
                literal.Append('\\').Append(Codes[at]);
            }
            else if (char.IsControl(character) || char.IsSurrogate(character))
            {
                literal.Append("\\u").Append(((int)character).ToString("X4", CultureInfo.InvariantCulture));
            }
            else
            {
                literal.Append(character);
            }
        }

        return literal.Append('"').ToString();
    }
}
