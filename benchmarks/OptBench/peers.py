"""Steps PyTorch's optimizers on request. Reads `rule type n threads seconds`, answers nanoseconds a step."""
import sys
import time

try:
    import torch
except ImportError:
    print("none", flush=True)
    sys.exit(0)

print(torch.__version__, flush=True)
made = {}


def make(rule, kind, n):
    torch.manual_seed(20)
    p = torch.nn.Parameter(torch.rand(n, dtype=torch.float32 if kind == "f32" else torch.float64) - 0.5)
    p.grad = (torch.rand_like(p) - 0.5) * 4
    gradient = p.grad.clone()
    rate = 1e-3
    if rule == "Adam":
        o = torch.optim.Adam([p], lr=rate)
    elif rule == "ClipAdamW":
        o = torch.optim.AdamW([p], lr=rate, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(o, 1_000_000_000)

        def step():
            # Clipping changes the gradient in place: the next step needs it as it was.
            p.grad.copy_(gradient)
            torch.nn.utils.clip_grad_norm_([p], 1.0)
            o.step()
            schedule.step()

        return step
    elif rule == "Momentum":
        o = torch.optim.SGD([p], lr=rate, momentum=0.9)
    elif rule == "Nesterov":
        o = torch.optim.SGD([p], lr=rate, momentum=0.9, nesterov=True)
    else:
        o = torch.optim.RMSprop([p], lr=rate, alpha=0.9)
    return o.step


for line in sys.stdin:
    rule, kind, n, threads, seconds = line.split()
    torch.set_num_threads(int(threads))
    key = (rule, kind, n)
    if key not in made:
        made.clear()
        made[key] = make(rule, kind, int(n))
        for _ in range(3):
            made[key]()
    step = made[key]
    # The median of short batches: what interrupts one of them does not count.
    start, batches, count = time.perf_counter(), [], 1
    while not batches or time.perf_counter() - start < float(seconds):
        begin = time.perf_counter()
        for _ in range(count):
            step()
        took = time.perf_counter() - begin
        batches.append(took / count)
        if took < 2e-4:
            count *= 2
    print(sorted(batches)[len(batches) // 2] * 1e9, flush=True)
