namespace Harrier.Analytics.Anomaly;

/// <summary>Finds rows of a table that are easy to separate from the rest.</summary>
/// <remarks>
/// The idea (Liu, Ting, Zhou 2008): cut the data again and again at a random place of a random column. An ordinary row sits in
/// a crowd and needs many cuts until it is alone; an odd one needs few. The average number of cuts over many random trees,
/// each grown on at most 256 rows, gives the score.
/// <para>
/// Formulas: path length h = depth of the leaf + c(rows in the leaf); c(m) = 2 H(m-1) - 2 (m-1)/m, the mean path of an
/// unsuccessful search in a binary tree, with H(i) = ln i + 0.5772156649, c(2) = 1, c(1) = 0; score = 2^(-mean h / c(psi)),
/// psi = min(256, rows), height limit ceil(log2 psi). Worked number: c(256) = 10.244770920116851.
/// </para>
/// <para>
/// Why a row stood out: every cut on its path that took it to a side with a share s of the node's rows earns -log2(s) bits
/// minus the one bit a fair cut gives; the bits are booked to the column that was cut, and averaged over trees. A column that
/// keeps throwing the row out of crowds gets the most. (The idea of DIFFI, Carletti et al. 2023, in its simplest form.)
/// </para>
/// </remarks>
public sealed class IsolationForest
{
    const double EulerGamma = 0.5772156649;

    readonly Node[][] _trees;
    readonly double _normal;

    IsolationForest(Node[][] trees, int columns, double normal)
    {
        _trees = trees;
        Columns = columns;
        _normal = normal;
    }

    public int Columns { get; }

    /// <summary>Grows a forest. Same rows, seed and sizes: same forest.</summary>
    /// <param name="rows">Rows of equal length, without NaN.</param>
    public static IsolationForest Grow(
        IReadOnlyList<double[]> rows,
        int seed,
        int trees = 200,
        int sample = 256
    )
    {
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count);
        var psi = Math.Min(sample, rows.Count);
        var limit = (int)Math.Ceiling(Math.Log2(Math.Max(2, psi)));
        var random = new Random(seed);
        var grown = new Node[trees][];
        var all = new int[rows.Count];
        for (var t = 0; t < trees; t++)
        {
            for (var i = 0; i < all.Length; i++)
            {
                all[i] = i;
            }

            // The first psi places of a shuffle: a sample without replacement.
            for (var i = 0; i < psi; i++)
            {
                var j = random.Next(i, all.Length);
                (all[i], all[j]) = (all[j], all[i]);
            }

            var nodes = new List<Node>();
            Split(rows, all.AsSpan(0, psi), 0, limit, random, nodes);
            grown[t] = [.. nodes];
        }

        return new IsolationForest(grown, rows[0].Length, AveragePath(psi));
    }

    /// <summary>Score in (0, 1): near 1 is odd, 0.5 and less is ordinary.</summary>
    public double Score(ReadOnlySpan<double> row)
    {
        var sum = 0.0;
        foreach (var tree in _trees)
        {
            var at = 0;
            var depth = 0;
            while (tree[at].Column >= 0)
            {
                at = row[tree[at].Column] < tree[at].Cut ? tree[at].Left : tree[at].Right;
                depth++;
            }

            sum += depth + AveragePath(tree[at].Rows);
        }

        return _normal <= 0 ? 0.5 : Math.Pow(2, -(sum / _trees.Length) / _normal);
    }

    /// <summary>Bits a tree of separation that each column earned for this row; the largest explain the score.</summary>
    public double[] Contributions(ReadOnlySpan<double> row)
    {
        var bits = new double[Columns];
        foreach (var tree in _trees)
        {
            var at = 0;
            while (tree[at].Column >= 0)
            {
                var node = tree[at];
                var next = row[node.Column] < node.Cut ? node.Left : node.Right;
                bits[node.Column] -= Math.Log2(tree[next].Rows / (double)node.Rows) + 1;
                at = next;
            }
        }

        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] /= _trees.Length;
        }

        return bits;
    }

    /// <summary>c(m): mean path length of an unsuccessful search among m rows.</summary>
    public static double AveragePath(int rows) =>
        rows switch
        {
            <= 1 => 0,
            2 => 1,
            _ => (2 * (Math.Log(rows - 1) + EulerGamma)) - (2.0 * (rows - 1) / rows),
        };

    static int Split(
        IReadOnlyList<double[]> rows,
        Span<int> sample,
        int depth,
        int limit,
        Random random,
        List<Node> nodes
    )
    {
        var here = nodes.Count;
        nodes.Add(new Node(-1, 0, -1, -1, sample.Length));
        if (depth >= limit || sample.Length <= 1)
        {
            return here;
        }

        var column = PickColumn(rows, sample, random, out var low, out var high);
        if (column < 0)
        {
            return here;
        }

        // A cut at the minimum itself would leave one side empty.
        var cut = low + (random.NextDouble() * (high - low));
        cut = cut > low ? cut : high;
        var left = 0;
        for (var i = 0; i < sample.Length; i++)
        {
            if (rows[sample[i]][column] < cut)
            {
                (sample[left], sample[i]) = (sample[i], sample[left]);
                left++;
            }
        }

        var leftNode = Split(rows, sample[..left], depth + 1, limit, random, nodes);
        var rightNode = Split(rows, sample[left..], depth + 1, limit, random, nodes);
        nodes[here] = new Node(column, cut, leftNode, rightNode, sample.Length);
        return here;
    }

    /// <summary>A column that is not constant among the rows, each with equal chance; -1 if all are constant.</summary>
    static int PickColumn(
        IReadOnlyList<double[]> rows,
        ReadOnlySpan<int> sample,
        Random random,
        out double low,
        out double high
    )
    {
        var columns = rows[sample[0]].Length;
        Span<int> order = columns <= 256 ? stackalloc int[columns] : new int[columns];
        for (var i = 0; i < columns; i++)
        {
            order[i] = i;
        }

        for (var i = 0; i < columns; i++)
        {
            var j = random.Next(i, columns);
            (order[i], order[j]) = (order[j], order[i]);
            var column = order[i];
            low = high = rows[sample[0]][column];
            foreach (var row in sample)
            {
                var value = rows[row][column];
                low = Math.Min(low, value);
                high = Math.Max(high, value);
            }

            if (high > low)
            {
                return column;
            }
        }

        low = high = 0;
        return -1;
    }

    /// <summary>A node in an array; Column -1 is a leaf. Rows of the sample that reached it.</summary>
    readonly record struct Node(int Column, double Cut, int Left, int Right, int Rows);
}
