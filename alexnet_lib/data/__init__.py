"""What goes in: data sets fetched and verified, their statistics, batches on the device."""
