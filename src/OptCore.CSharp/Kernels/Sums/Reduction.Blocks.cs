using System.Runtime.CompilerServices;

namespace OptCore.Kernels;

/// <content>Where the elements lie that are summed: in one block, or in one for every tensor.</content>
internal static unsafe partial class Reduction
{
    /// <summary>The blocks of memory that have the elements of a vector.</summary>
    private interface IBlocks<T>
        where T : unmanaged
    {
        /// <summary>The address of some elements.</summary>
        /// <param name="start">The index of the first one.</param>
        /// <param name="end">The end of those that are wanted, at least <see cref="Lanes"/> behind the start.</param>
        /// <param name="count">How many there are together; fewer than <see cref="Lanes"/> before a seam.</param>
        T* Find(nint start, nint end, out nint count);

        /// <summary>What lies behind the elements of the last <see cref="Find"/>, of <see cref="Lanes"/> in all.</summary>
        /// <param name="one">Where the first elements are; all of them, where several tensors had to be gathered.</param>
        /// <param name="start">The index of the first one.</param>
        /// <param name="count">How many they are.</param>
        /// <returns>Where the first one would be, if all lay as those behind do.</returns>
        T* Next(ref T* one, nint start, ref nint count);

        /// <summary>Room for <see cref="Lanes"/> elements; none where there are no seams.</summary>
        T* Room { get; }

        /// <summary>The address of all of some elements, fewer than <see cref="Lanes"/>.</summary>
        T* FindRest(nint start, nint end);
    }

    /// <summary>One block.</summary>
    /// <param name="origin">Where element 0 is, or would be.</param>
    private readonly struct OneBlock<T>(T* origin) : IBlocks<T>
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T* Find(nint start, nint end, out nint count)
        {
            count = end - start;
            return origin + start;
        }

        public T* Room => null;

        // Nothing lies behind the block.
        public T* Next(ref T* one, nint start, ref nint count) => one;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T* FindRest(nint start, nint end) => origin + start;
    }

    /// <summary>A block for every tensor.</summary>
    private struct ManyBlocks<T>(TensorPlace<T>* places, int* tensors, int tensorCount, Source source, T* gathered) : IBlocks<T>
        where T : unmanaged
    {
        private int _tensor;

        public readonly T* Room => gathered;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T* Find(nint start, nint end, out nint count)
        {
            while (places[tensors[_tensor]].Range.End <= start)
            {
                _tensor++;
            }

            ref var place = ref places[tensors[_tensor]];
            count = Math.Min(end, place.Range.End) - start;
            return place.Origin(source) + start;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly T* Next(ref T* one, nint start, ref nint count)
        {
            ref var next = ref places[tensors[Math.Min(_tensor + 1, tensorCount - 1)]];
            if (next.Range.End - start >= Lanes)
            {
                return next.Origin(source) + start;
            }

            count = Lanes;
            return one = FindRest(start, start + Lanes);
        }

        // Few elements, whoever has them. No call: it would spoil the registers of the sums.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly T* FindRest(nint start, nint end)
        {
            var tensor = _tensor;
            for (nint i = 0; i < end - start; i++)
            {
                while (places[tensors[tensor]].Range.End <= start + i)
                {
                    tensor++;
                }

                gathered[i] = places[tensors[tensor]].Origin(source)[start + i];
            }

            return gathered;
        }
    }
}
