#pragma once

#include "millrace/data/imaging.h"
#include "millrace/structures/sample.h"

namespace millrace {

// The order of the three colours of `img`, in the field `channel_order` ('bgr' or 'rgb') of a sample and of a batch.
// Who loads an image writes it, who turns its channels changes it, who shows it reads it.

void set_channel_order(Sample& sample, ImageReading::Order order);
/// The channels of `img` were turned round. A sample without the field stays without.
void turn_channel_order(Sample& sample);
/// Of the image of a sample or a row; rgb where nobody wrote it, as in tensors of a program's own. Throws Error for
/// another text.
ImageReading::Order channel_order(const Sample& row);

}  // namespace millrace
