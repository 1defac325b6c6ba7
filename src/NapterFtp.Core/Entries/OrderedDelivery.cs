namespace NapterFtp.Entries;

/// <summary>Hands items on in the order they were added, one at a time, with no lock held, so that the receiver may call back.</summary>
/// <param name="deliver">The receiver.</param>
internal sealed class OrderedDelivery<T>(Action<T> deliver)
{
    private readonly Queue<T> _items = new();
    private bool _delivering;

    /// <summary>Adds an item, to be delivered by the next <see cref="Run"/>.</summary>
    public void Add(T item)
    {
        lock (_items)
        {
            _items.Enqueue(item);
        }
    }

    /// <summary>Delivers what there is. Whoever is delivering already, perhaps further up this very stack, delivers this too.</summary>
    public void Run()
    {
        lock (_items)
        {
            if (_delivering || _items.Count == 0)
            {
                return;
            }

            _delivering = true;
        }

        while (true)
        {
            T? next;
            lock (_items)
            {
                if (!_items.TryDequeue(out next))
                {
                    _delivering = false;
                    return;
                }
            }

            deliver(next);
        }
    }
}
